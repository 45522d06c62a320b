import { afterAll, beforeAll, expect, test } from 'bun:test'
import { type HarnessPage, openHarness } from '../../../packages/console/test/harness/open-page.ts'
import { type LoadSize, PER_SECOND } from './load-size.ts'
import { LONG_TASK_MS, longestTask, startTrace } from './page-trace.ts'

let open: HarnessPage

/** Scrolls a room from its top to its bottom, and looks at each frame. */
async function scrollThrough(messages: number): Promise<void> {
  await open.mount({ history: messages, page: 100, loaded: messages })
  await open.page.locator(`[data-message="msg_${messages - 1}"]`).waitFor()
  await open.page.locator('.msg-scroll').evaluate((view) => view.scrollTo(0, 0))
  await open.page.locator('[data-message="msg_0"]').waitFor()
  await startTrace(open.browser, open.page)
  const run = await open.page.evaluate(async (step) => {
    const view = document.querySelector('.msg-scroll') as HTMLElement
    const { left, top } = view.getBoundingClientRect()
    const result = { frames: 0, empty: 0, most: 0 }
    const hasRow = (y: number): boolean =>
      document.elementsFromPoint(left + 300, top + y).some((element) => element.closest('.msg-row') !== null)
    while (view.scrollTop + view.clientHeight < view.scrollHeight - 1) {
      view.scrollTop += step
      // The frame in which it is drawn: scroll events come before this.
      await new Promise(requestAnimationFrame)
      result.frames += 1
      if (![100, 400, 700].every(hasRow)) result.empty += 1
      result.most = Math.max(result.most, document.querySelectorAll('.msg-row').length)
    }
    return result
  }, messages / 5)
  expect(run.frames).toBeGreaterThan(200)
  expect(run.empty).toBe(0)
  expect(run.most).toBeLessThan(150)
  await open.page.locator(`[data-message="msg_${messages - 1}"]`).waitFor()
  expect(await longestTask(open.browser, `scrolling ${messages} messages`)).toBeLessThan(LONG_TASK_MS)
}

/** Messages before those that come. */
const BEFORE = 10_000

/**
 * Looks at each frame of the page until it shows message `last`: whether the drawn messages follow each other
 * without a hole and without doubles, and whether the view stands at the end. To be run in the page.
 */
function watchFrames(last: number): void {
  const faults: string[] = []
  Object.assign(globalThis, { faults })
  const view = document.querySelector('.msg-scroll') as HTMLElement
  const look = (): void => {
    let before: number | undefined
    for (const row of document.querySelectorAll('[data-message]')) {
      const number = Number(row.getAttribute('data-message')?.slice('msg_'.length))
      if (before !== undefined && number !== before + 1) faults.push(`${number} after ${before}`)
      before = number
    }
    const left = view.scrollHeight - view.scrollTop - view.clientHeight
    if (left > 1) faults.push(`${left} px from the end`)
    if (before !== last) requestAnimationFrame(look)
  }
  requestAnimationFrame(look)
}

/** Pushes messages at a rate; a late timer catches up. To be run in the page. */
function pushAtRate({ count, perSecond }: { count: number; perSecond: number }): Promise<void> {
  return new Promise((resolve) => {
    let pushed = 0
    const started = performance.now()
    const timer = setInterval(() => {
      const due = Math.min(count, Math.floor(((performance.now() - started) * perSecond) / 1_000))
      harness.push(due - pushed)
      pushed = due
      if (pushed < count) return
      clearInterval(timer)
      resolve()
    }, 1_000 / perSecond)
  })
}

/** Scrolls up until message `first` is drawn, and gives which messages were on the way. To be run in the page. */
async function readBack(first: number): Promise<number[]> {
  const view = document.querySelector('.msg-scroll') as HTMLElement
  const seen = new Set<number>()
  while (!seen.has(first) && view.scrollTop > 0) {
    for (const row of document.querySelectorAll('[data-message]')) {
      seen.add(Number(row.getAttribute('data-message')?.slice('msg_'.length)))
    }
    view.scrollTop -= 500
    await new Promise(requestAnimationFrame)
  }
  return [...seen]
}

/** Pushes messages at the full rate, and accounts for each. */
async function follow(seconds: number): Promise<void> {
  const coming = PER_SECOND * seconds
  await open.mount({ history: BEFORE, page: 100, loaded: BEFORE })
  const { page } = open
  await page.locator(`[data-message="msg_${BEFORE - 1}"]`).waitFor()
  await startTrace(open.browser, page)
  const last = BEFORE + coming - 1
  await page.evaluate(watchFrames, last)
  await page.evaluate(pushAtRate, { count: coming, perSecond: PER_SECOND })
  await page.locator(`[data-message="msg_${last}"]`).waitFor()
  expect(await longestTask(open.browser, `${coming} messages, 100 a second`)).toBeLessThan(LONG_TASK_MS)
  expect(await page.evaluate(() => (globalThis as unknown as { faults: string[] }).faults)).toEqual([])
  const seen = new Set(await page.evaluate(readBack, BEFORE))
  expect(
    Array.from({ length: coming }, (_, at) => BEFORE + at).filter((number) => !seen.has(number)),
  ).toEqual([])
  expect(open.faults).toEqual({ errors: [], dialogs: [], foreign: [], violations: [] })
}

/** The tests of the timeline by itself under a load, in a browser and without a server. */
export function testTimelineLoad({ messages, seconds }: LoadSize): void {
  beforeAll(async () => {
    open = await openHarness({ width: 1280, height: 800 })
  }, 60_000)

  afterAll(() => open[Symbol.asyncDispose]())

  test(
    `${messages} messages are scrolled from top to bottom, each frame is filled, and no task is long`,
    () => scrollThrough(messages),
    180_000,
  )

  test(
    `100 messages a second for ${seconds} seconds: none dropped, none doubled, in order, and no task is long`,
    () => follow(seconds),
    180_000,
  )
}
