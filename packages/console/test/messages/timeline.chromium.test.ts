import { afterAll, afterEach, beforeAll, expect, test } from 'bun:test'
import type { Page } from 'playwright-core'
import { until } from '../../../../test/support/condition.ts'
import { type HarnessPage, openHarness } from '../harness/open-page.ts'
import type { Scene } from '../harness/page.tsx'
import { sampleDelivery, sampleMessage } from '../harness/sample-messages.ts'

const TIMEOUT_MS = 60_000

let open: HarnessPage
let page: Page

beforeAll(async () => {
  open = await openHarness()
  page = open.page
}, TIMEOUT_MS)

afterAll(() => open[Symbol.asyncDispose]())

afterEach(() => {
  expect(open.faults).toEqual({ errors: [], dialogs: [], foreign: [], violations: [] })
})

function mount(scene: Scene): Promise<void> {
  return open.reload(scene)
}

function push(count: number): Promise<void> {
  return page.evaluate((messages) => harness.push(messages), count)
}

/** Where a message stands in the window, in CSS pixels; undefined when it is not drawn. */
function topOf(number: number): Promise<number | undefined> {
  return page.evaluate(
    (id) => document.querySelector(`[data-message="${id}"]`)?.getBoundingClientRect().top,
    `msg_${number}`,
  )
}

/** Distance of the view from the end of the list. */
function leftBelow(): Promise<number> {
  return page
    .locator('.msg-scroll')
    .evaluate((view) => view.scrollHeight - view.scrollTop - view.clientHeight)
}

/** Waits until the view stands at the end of the list. */
function untilAtEnd(): Promise<true> {
  return until(async () => (await leftBelow()) <= 1, 'the view is at the end')
}

/** Waits until the view has stood still for ten frames: a turn of the wheel takes a few. */
function untilStill(): Promise<void> {
  return page.locator('.msg-scroll').evaluate(async (view) => {
    let last = [Number.NaN]
    for (let still = 0; still < 10; ) {
      await new Promise(requestAnimationFrame)
      const now = [view.scrollTop, view.scrollHeight]
      still = now.every((value, at) => value === last[at]) ? still + 1 : 0
      last = now
    }
  })
}

function isDrawn(number: number): Promise<boolean> {
  return topOf(number).then((top) => top !== undefined)
}

async function scrollBy(pixels: number): Promise<void> {
  await page.mouse.move(400, 300)
  await page.mouse.wheel(0, pixels)
}

test(
  'opens at the newest message and stays there when messages come',
  async () => {
    await mount({ history: 300 })
    await until(() => isDrawn(299), 'the newest message is drawn')
    await untilAtEnd()
    await push(40)
    await until(() => isDrawn(339), 'the new message is drawn')
    await untilAtEnd()
    expect(await page.locator('.msg-pill').count()).toBe(0)
    await until(() => page.evaluate(() => harness.readTo.at(-1) === 'msg_339'), 'it counts as read')
  },
  TIMEOUT_MS,
)

test(
  'a reader of the past is not moved, is told how many messages came, and goes to them by a click',
  async () => {
    await mount({ history: 300 })
    await until(() => isDrawn(299), 'the newest message is drawn')
    await scrollBy(-1_500)
    await until(async () => (await leftBelow()) > 1_000, 'the view has moved')
    await untilStill()
    const looked = await page.evaluate(() => {
      const rows = [...document.querySelectorAll('[data-message]')]
      const row = rows.find((candidate) => candidate.getBoundingClientRect().top > 200)
      return Number(row?.getAttribute('data-message')?.slice('msg_'.length))
    })
    const before = await topOf(looked)
    await push(7)
    await page.getByRole('button', { name: '7 new messages' }).waitFor()
    expect(await topOf(looked)).toBe(before)
    await page.getByRole('button', { name: '7 new messages' }).click()
    await untilAtEnd()
    await until(async () => (await page.locator('.msg-pill').count()) === 0, 'the pill is gone')
  },
  TIMEOUT_MS,
)

test('older pages come above the view and what is looked at stays where it is, to the pixel', async () => {
  await mount({ history: 2_000, page: 100 })
  await until(() => isDrawn(1_999), 'the newest message is drawn')
  // In each frame: scrolls up, and sees one frame later how far the first message in the view was moved besides.
  await page.evaluate(() => {
    const view = document.querySelector('.msg-scroll') as HTMLElement
    const jumps: number[] = []
    let last: { id: string; top: number } | undefined
    Object.assign(globalThis, { jumps })
    const look = (): void => {
      if (last !== undefined) {
        const row = document.querySelector(`[data-message="${last.id}"]`)
        jumps.push(row === null ? 1e6 : Math.abs(row.getBoundingClientRect().top - last.top))
      }
      view.scrollTop -= 120
      const shown = [...document.querySelectorAll('[data-message]')].find(
        (row) => row.getBoundingClientRect().top > 60,
      )
      const id = shown?.getAttribute('data-message') ?? ''
      last = shown === undefined ? undefined : { id, top: shown.getBoundingClientRect().top }
      if (view.scrollTop > 0 || harness.source.getSnapshot().older.kind !== 'end') requestAnimationFrame(look)
    }
    requestAnimationFrame(look)
  })
  await until(() => isDrawn(0), 'the first message is drawn', 60_000)
  const jumps = await page.evaluate(() => (globalThis as unknown as { jumps: number[] }).jumps)
  expect(jumps.length).toBeGreaterThan(200)
  expect(jumps.filter((jump) => jump > 1)).toEqual([])
  await page.getByText('Beginning of the conversation').waitFor()
}, 120_000)

test(
  'goes to a message that is not loaded, marks it, and loads on in both directions',
  async () => {
    await mount({ history: 3_000, page: 50, jumpTo: 'msg_700' })
    const target = page.locator('[data-message="msg_700"]')
    await target.waitFor()
    await until(() => target.evaluate((row) => row === document.activeElement), 'it has the focus')
    await untilStill()
    expect(await target.getAttribute('data-marked')).toBe('true')
    const top = (await topOf(700)) ?? 0
    expect(top).toBeGreaterThan(150)
    expect(top).toBeLessThan(450)
    const bounds = () =>
      page.evaluate(() => {
        const { messages } = harness.source.getSnapshot()
        return [messages[0]?.id, messages.at(-1)?.id]
      })
    for (let turn = 0; turn < 8; turn += 1) await scrollBy(1_500)
    await until(async () => Number((await bounds())[1]?.slice(4)) > 760, 'newer messages are loaded')
    await page.getByRole('button', { name: 'Newest' }).click()
    await until(() => isDrawn(2_999), 'the newest message is drawn')
    await untilAtEnd()
  },
  TIMEOUT_MS,
)

test(
  'says that a message is not there',
  async () => {
    await mount({ history: 10, jumpTo: 'msg_nowhere' })
    await until(() => page.evaluate(() => harness.jumpFailed[0] === 'msg_nowhere'), 'the failure is told')
    expect(await isDrawn(9)).toBe(true)
  },
  TIMEOUT_MS,
)

test(
  'opens at the first unread message, with a line above it',
  async () => {
    await mount({ history: 200, unreadFrom: 'msg_150' })
    await until(() => isDrawn(150), 'the unread message is drawn')
    await untilStill()
    const line = await page.getByText('New', { exact: true }).boundingBox()
    expect(line?.y).toBeGreaterThanOrEqual(0)
    expect(line?.y).toBeLessThan(60)
  },
  TIMEOUT_MS,
)

test(
  'j and k move the focus through the messages, also to those that are not drawn yet',
  async () => {
    await mount({ history: 400, page: 400 })
    await until(() => isDrawn(399), 'the newest message is drawn')
    await page.locator('[data-message="msg_399"]').focus()
    for (let turn = 0; turn < 30; turn += 1) await page.keyboard.press('k')
    const focused = () => page.evaluate(() => document.activeElement?.getAttribute('data-message'))
    await until(async () => (await focused()) === 'msg_369', 'the focus is 30 messages up')
    await untilStill()
    expect(await topOf(369)).toBeGreaterThanOrEqual(0)
    await page.keyboard.press('j')
    await until(async () => (await focused()) === 'msg_370', 'and one down')
    expect(await page.locator('[data-message][tabindex="0"]').count()).toBe(1)
    await page.keyboard.press('End')
    await until(async () => (await focused()) === 'msg_399', 'and at the end')
  },
  TIMEOUT_MS,
)

test(
  'a page that cannot be loaded is said, and loaded by a click',
  async () => {
    await mount({ history: 300, page: 100 })
    await until(() => isDrawn(299), 'the newest message is drawn')
    await page.evaluate(() => {
      harness.failure = 'offline'
      document.querySelector('.msg-scroll')?.scrollTo(0, 0)
    })
    await page.getByText('The server did not answer.').waitFor()
    await page.evaluate(() => {
      harness.failure = ''
    })
    await page.getByRole('button', { name: 'Try again' }).click()
    await until(() => page.evaluate(() => harness.source.has('msg_100')), 'the page is loaded')
  },
  TIMEOUT_MS,
)

test(
  'days and groups: a new day has a line, a sender is named once for messages close to each other',
  async () => {
    const day = Date.UTC(2026, 3, 1, 12)
    await mount({
      history: [
        sampleMessage(0, { at: day }),
        sampleMessage(1, { at: day + 60_000 }),
        sampleMessage(2, { at: day + 60_000 + 6 * 60_000 }),
        sampleMessage(3, { at: day + 24 * 3_600_000 }),
      ],
      now: day + 24 * 3_600_000,
    })
    await page.getByText('Today', { exact: true }).waitFor()
    await page.getByText('Yesterday', { exact: true }).waitFor()
    const grouped = await page
      .locator('[data-message]')
      .evaluateAll((rows) => rows.map((row) => row.getAttribute('data-grouped')))
    expect(grouped).toEqual(['false', 'true', 'false', 'false'])
  },
  TIMEOUT_MS,
)

test(
  'says what became of a message, and acts on it',
  async () => {
    const held = sampleDelivery('msg_0', 'beta', {
      state: 'held',
      reason: 'approval',
      steps: [{ step: 'held', at: '2026-04-01T08:00:01Z', reason: 'approval' }],
    })
    await mount({
      history: [sampleMessage(0, { text: 'please, @beta', mentions: ['molt://local/agents/beta'] })],
      deliveries: { msg_0: [sampleDelivery('msg_0', 'gamma'), held] },
      threads: { msg_0: { threadId: 't', replies: 3 } },
    })
    const mention = page.getByRole('link', { name: /^@beta\W+waits for an operator$/ })
    await mention.waitFor()
    await page.getByRole('button', { name: '3 replies' }).click()
    expect(await page.evaluate(() => harness.threadsOpened)).toEqual(['msg_0'])
    await page.getByRole('button', { name: /^Delivery: 1 held\W+1 spoke$/ }).click()
    const details = page.getByRole('dialog', { name: 'What became of this message' })
    await details.getByText('held for an operator').waitFor()
    await page.evaluate(() => {
      harness.failure = 'the wake is not held any more'
    })
    await details.getByRole('button', { name: 'Approve (beta)' }).click()
    await details.getByRole('alert').getByText('the wake is not held any more').waitFor()
    expect(await page.evaluate(() => harness.acted)).toEqual(['wake_msg_0_beta approve'])
    await page.keyboard.press('Escape')
    await until(async () => !(await details.isVisible()), 'Escape closes the details')
  },
  TIMEOUT_MS,
)

test(
  'a long text is folded, opens from its beginning, and is still open when it comes back into view',
  async () => {
    const long = Array.from({ length: 200 }, (_, line) => `line ${line}`).join('\n')
    const history = [sampleMessage(0, { text: long })]
    for (let number = 1; number < 150; number += 1) history.push(sampleMessage(number))
    history.push(sampleMessage(150, { text: long }))
    await mount({ history, page: 200 })
    const last = page.locator('[data-message="msg_150"]')
    await until(() => isDrawn(150), 'the newest message is drawn')
    await untilStill()
    const before = await topOf(150)
    await last.getByRole('button', { name: /^Show all/ }).click()
    await last.getByText('line 199').waitFor()
    expect(await topOf(150)).toBe(before)
    await page.locator('.msg-scroll').evaluate((view) => view.scrollTo(0, 0))
    await until(async () => !(await isDrawn(150)), 'the message is taken down')
    await page.locator('.msg-scroll').evaluate((view) => view.scrollTo(0, view.scrollHeight))
    await last.getByText('line 199').waitFor()
  },
  TIMEOUT_MS,
)
