import { afterAll, beforeAll, expect, test } from 'bun:test'
import { type HarnessPage, openHarness } from '../../packages/console/test/harness/open-page.ts'

const MESSAGES = 100_000
const PER_SECOND = 100
const SECONDS = 30
/** No task of the page may take longer. */
const LONG_TASK_MS = 100

let open: HarnessPage

beforeAll(async () => {
  open = await openHarness({ width: 1280, height: 800 })
}, 60_000)

afterAll(() => open[Symbol.asyncDispose]())

/** What the browser's trace has of one piece of work; times in microseconds. */
interface TraceEvent {
  name: string
  pid: number
  tid: number
  /** By the clock. */
  dur?: number
  /** By the processor: without the time in which other programs had it. */
  tdur?: number
  args?: { name?: string }
}

function startTrace(): Promise<void> {
  return open.browser.startTracing(open.page, { categories: ['disabled-by-default-devtools.timeline'] })
}

/** The longest task of the page since the trace was started, in milliseconds of the processor; printed as well. */
async function longestTask(what: string): Promise<number> {
  const trace = await open.browser.stopTracing()
  const { traceEvents } = JSON.parse(trace.toString()) as { traceEvents: TraceEvent[] }
  const mains = traceEvents.filter(
    ({ name, args }) => name === 'thread_name' && args?.name === 'CrRendererMain',
  )
  const tasks = traceEvents.filter(
    ({ name, pid, tid }) => name === 'RunTask' && mains.some((main) => main.pid === pid && main.tid === tid),
  )
  expect(tasks.length).toBeGreaterThan(100)
  const most = (key: 'dur' | 'tdur'): number =>
    tasks.reduce((max, task) => Math.max(max, task[key] ?? 0), 0) / 1_000
  process.stdout.write(
    `${what}: longest of ${tasks.length} tasks ${most('tdur').toFixed(1)} ms of the processor, ${most('dur').toFixed(1)} ms by the clock\n`,
  )
  return most('tdur')
}

test('100,000 messages are scrolled from top to bottom, each frame is filled, and no task is long', async () => {
  await open.mount({ history: MESSAGES, page: 100, loaded: MESSAGES })
  await open.page.locator(`[data-message="msg_${MESSAGES - 1}"]`).waitFor()
  await open.page.locator('.msg-scroll').evaluate((view) => view.scrollTo(0, 0))
  await open.page.locator('[data-message="msg_0"]').waitFor()
  await startTrace()
  const run = await open.page.evaluate(async () => {
    const view = document.querySelector('.msg-scroll') as HTMLElement
    const { left, top } = view.getBoundingClientRect()
    const result = { frames: 0, empty: 0, most: 0 }
    const hasRow = (y: number): boolean =>
      document.elementsFromPoint(left + 300, top + y).some((element) => element.closest('.msg-row') !== null)
    while (view.scrollTop + view.clientHeight < view.scrollHeight - 1) {
      view.scrollTop += 20_000
      // The frame in which it is drawn: scroll events come before this.
      await new Promise(requestAnimationFrame)
      result.frames += 1
      if (![100, 400, 700].every(hasRow)) result.empty += 1
      result.most = Math.max(result.most, document.querySelectorAll('.msg-row').length)
    }
    return result
  })
  expect(run.frames).toBeGreaterThan(200)
  expect(run.empty).toBe(0)
  expect(run.most).toBeLessThan(150)
  await open.page.locator(`[data-message="msg_${MESSAGES - 1}"]`).waitFor()
  expect(await longestTask('scrolling 100,000 messages')).toBeLessThan(LONG_TASK_MS)
}, 180_000)

/** Messages before those that come. */
const BEFORE = 10_000
const COMING = PER_SECOND * SECONDS

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

test('100 messages a second for 30 seconds: none dropped, none doubled, in order, at the end, and no task is long', async () => {
  await open.mount({ history: BEFORE, page: 100, loaded: BEFORE })
  const { page } = open
  await page.locator(`[data-message="msg_${BEFORE - 1}"]`).waitFor()
  await startTrace()
  const last = BEFORE + COMING - 1
  await page.evaluate(watchFrames, last)
  await page.evaluate(pushAtRate, { count: COMING, perSecond: PER_SECOND })
  await page.locator(`[data-message="msg_${last}"]`).waitFor()
  expect(await longestTask('100 messages a second')).toBeLessThan(LONG_TASK_MS)
  expect(await page.evaluate(() => (globalThis as unknown as { faults: string[] }).faults)).toEqual([])
  const seen = new Set(await page.evaluate(readBack, BEFORE))
  expect(
    Array.from({ length: COMING }, (_, at) => BEFORE + at).filter((number) => !seen.has(number)),
  ).toEqual([])
  expect(open.faults).toEqual({ errors: [], dialogs: [], foreign: [], violations: [] })
}, 180_000)
