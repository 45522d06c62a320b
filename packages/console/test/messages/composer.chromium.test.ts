import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'bun:test'
import { until } from '../../../../test/support/condition.ts'
import { type HarnessPage, openHarness } from '../harness/open-page.ts'
import type { Scene } from '../harness/page.tsx'

const TIMEOUT_MS = 60_000
const LABEL = 'Message general'
const CANDIDATES = ['beta', 'bernd', 'gamma'].map((handle, at) => ({
  handle,
  name: handle,
  fqid: `molt://local/agents/${handle}`,
  connected: at !== 1,
}))

let open: HarnessPage

beforeAll(async () => {
  open = await openHarness()
}, TIMEOUT_MS)

afterAll(() => open[Symbol.asyncDispose]())

beforeEach(async () => {
  await open.page.evaluate(() => localStorage.clear())
  await open.reload({ history: 3, candidates: CANDIDATES })
}, TIMEOUT_MS)

afterEach(() => {
  expect(open.faults).toEqual({ errors: [], dialogs: [], foreign: [], violations: [] })
})

function field() {
  return open.page.getByRole('textbox', { name: LABEL })
}

function sentTexts(): Promise<(string | undefined)[]> {
  return open.page.evaluate(() => harness.sent.map(({ parts }) => parts[0]?.text))
}

async function fails(why: string): Promise<void> {
  await open.page.evaluate((failure) => {
    harness.failure = failure
  }, why)
}

test(
  'Enter sends, Shift+Enter starts a line, and the field grows with its lines',
  async () => {
    await field().fill('one')
    const before = (await field().boundingBox())?.height ?? 0
    await field().press('Shift+Enter')
    await open.page.keyboard.type('two')
    expect((await field().boundingBox())?.height).toBeGreaterThan(before + 10)
    await field().press('Enter')
    await until(async () => (await sentTexts()).length === 1, 'the message is sent')
    expect(await sentTexts()).toEqual(['one\ntwo'])
    expect(await field().inputValue()).toBe('')
    expect((await field().boundingBox())?.height).toBe(before)
    expect(await field().evaluate((element) => element === document.activeElement)).toBe(true)
  },
  TIMEOUT_MS,
)

test(
  'nothing is sent of an empty text, and not while an input method composes',
  async () => {
    expect(await open.page.getByRole('button', { name: 'Send' }).isDisabled()).toBe(true)
    await field().fill('   ')
    await field().press('Enter')
    await field().fill('に')
    await field().evaluate((element) => {
      const key = { key: 'Enter', bubbles: true, cancelable: true, isComposing: true }
      element.dispatchEvent(new KeyboardEvent('keydown', key))
    })
    expect(await sentTexts()).toEqual([])
  },
  TIMEOUT_MS,
)

test(
  'a message is shown at once, once, and as the log has it when it comes',
  async () => {
    await field().fill('hello')
    await field().press('Enter')
    const outgoing = open.page.locator('.msg-outgoing')
    await outgoing.getByText('Sent').waitFor()
    const id = await open.page.evaluate(() => harness.sent[0]?.id ?? '')
    expect(id).toMatch(/^msg_[0-9a-f-]{36}$/)
    await open.page.evaluate((messageId) => {
      const [last] = harness.source.getSnapshot().messages
      if (last !== undefined) harness.add({ ...last, id: messageId as never })
    }, id)
    await until(async () => (await outgoing.count()) === 0, 'the message on its way is gone')
    expect(await open.page.locator(`[data-message="${id}"]`).count()).toBe(1)
  },
  TIMEOUT_MS,
)

test(
  'a message that did not go says why, and is sent again with the same id',
  async () => {
    await fails('this room is read-only for you')
    await field().fill('hello')
    await field().press('Enter')
    await open.page.getByRole('alert').getByText('Not sent: this room is read-only for you').waitFor()
    await fails('')
    await open.page.getByRole('button', { name: 'Send again' }).click()
    await open.page.locator('.msg-outgoing').getByText('Sent').waitFor()
    const ids = await open.page.evaluate(() => harness.sent.map(({ id }) => id))
    expect(ids).toHaveLength(2)
    expect(ids[0]).toBe(ids[1] ?? '')
  },
  TIMEOUT_MS,
)

test(
  'suggests whom to mention: arrows choose, Tab and Enter complete, Escape closes',
  async () => {
    await field().pressSequentially('hi @be')
    const options = open.page.getByRole('option')
    await options.first().waitFor()
    expect(await options.count()).toBe(2)
    expect(await field().getAttribute('aria-activedescendant')).toBe(
      (await options.first().getAttribute('id')) ?? '',
    )
    await open.page.getByText('2 names to choose from').waitFor({ state: 'attached' })
    await field().press('ArrowDown')
    expect(await options.nth(1).getAttribute('aria-selected')).toBe('true')
    await field().press('Enter')
    expect(await field().inputValue()).toBe('hi @bernd ')
    await open.page.keyboard.type('and @ga')
    await field().press('Tab')
    expect(await field().inputValue()).toBe('hi @bernd and @gamma ')
    await open.page.keyboard.type('@b')
    await field().press('Escape')
    expect(await options.count()).toBe(0)
    await field().press('Enter')
    await until(async () => (await sentTexts()).length === 1, 'Enter sends again')
    expect(await sentTexts()).toEqual(['hi @bernd and @gamma @b'])
  },
  TIMEOUT_MS,
)

test(
  'a draft is there again when the page is',
  async () => {
    await field().fill('half a thought')
    await open.reload({ history: 3 })
    expect(await field().inputValue()).toBe('half a thought')
  },
  TIMEOUT_MS,
)

test(
  'says before sending whom the text would reach, and how',
  async () => {
    const scene: Scene = {
      history: 1,
      preview: {
        mentions: [],
        unresolved: ['nobody'],
        wakes: [
          { agent_id: 'beta', cause: 'mention', connected: true, outcome: 'wake' },
          { agent_id: 'gamma', cause: 'mention', connected: false, outcome: 'wake' },
          { agent_id: 'delta', cause: 'mention', connected: true, outcome: 'held', reason: 'approval' },
          { agent_id: 'omega', cause: 'mention', connected: false, outcome: 'no_consumer' },
        ],
      },
    }
    await open.reload(scene)
    await field().fill('hello')
    const said = open.page.locator('.msg-preview')
    await said.getByText('Would reach').waitFor()
    expect(await said.locator('.msg-badge').allInnerTexts()).toEqual([
      'beta',
      'gamma\nwhen it is back',
      'delta\nheld for an operator',
      'omega\nnot attached',
      '@nobody\nnames nobody here',
    ])
    await field().fill('')
    await until(async () => (await said.innerText()) === '', 'the preview goes with its text')
  },
  TIMEOUT_MS,
)

test(
  'says how much room is left near the limit, and sends nothing that is too long',
  async () => {
    await field().evaluate((element: HTMLTextAreaElement) => {
      const set = Object.getOwnPropertyDescriptor(HTMLTextAreaElement.prototype, 'value')?.set
      set?.call(element, 'x'.repeat(1_048_570))
      element.dispatchEvent(new Event('input', { bubbles: true }))
    })
    await open.page.getByText(/^[0-9]+ bytes too long to be sent$/).waitFor()
    expect(await open.page.getByRole('button', { name: 'Send' }).isDisabled()).toBe(true)
  },
  TIMEOUT_MS,
)

test(
  'where nothing can be written the reason stands in place of the field',
  async () => {
    await open.reload({ history: 1, disabledReason: 'Only operators write here.' })
    await open.page.getByRole('note').getByText('Only operators write here.').waitFor()
    expect(await field().count()).toBe(0)
  },
  TIMEOUT_MS,
)
