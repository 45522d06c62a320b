import { afterAll, beforeAll, expect, test } from 'bun:test'
import { until } from '../support/condition.ts'
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

test('100 messages a second for 30 seconds: each is shown once, in order, and no task is long', async () => {
  await open.mount({ history: 10_000, page: 100, loaded: 10_000 })
  await open.page.locator('[data-message="msg_9999"]').waitFor()
  await startTrace()
  await open.page.evaluate(
    ({ count, everyMs }) => {
      const order: number[] = []
      const seen = new Set<number>()
      const faults: string[] = []
      Object.assign(globalThis, { seen, faults })
      const view = document.querySelector('.msg-scroll') as HTMLElement
      const look = (): void => {
        order.length = 0
        for (const row of document.querySelectorAll('[data-message]')) {
          const number = Number(row.getAttribute('data-message')?.slice('msg_'.length))
          if (order.length > 0 && number !== (order.at(-1) ?? 0) + 1)
            faults.push(`${number} after ${order.at(-1)}`)
          order.push(number)
          seen.add(number)
        }
        const left = view.scrollHeight - view.scrollTop - view.clientHeight
        if (left > 1) faults.push(`${left} px from the end`)
        if (!seen.has(9_999 + count)) requestAnimationFrame(look)
      }
      requestAnimationFrame(look)
      return new Promise<void>((resolve) => {
        let pushed = 0
        const started = performance.now()
        const timer = setInterval(() => {
          // A late timer catches up, so that the rate is kept.
          const due = Math.min(count, Math.floor((performance.now() - started) / everyMs))
          harness.push(due - pushed)
          pushed = due
          if (pushed < count) return
          clearInterval(timer)
          resolve()
        }, everyMs)
      })
    },
    { count: PER_SECOND * SECONDS, everyMs: 1_000 / PER_SECOND },
  )
  const last = 9_999 + PER_SECOND * SECONDS
  await open.page.locator(`[data-message="msg_${last}"]`).waitFor()
  const result = await until(
    () =>
      open.page.evaluate((end) => {
        const { seen, faults } = globalThis as unknown as { seen: Set<number>; faults: string[] }
        return (
          seen.has(end) && {
            faults,
            missing: Array.from({ length: 3_000 }, (_, at) => 10_000 + at).filter((at) => !seen.has(at)),
          }
        )
      }, last),
    'the last message was seen',
  )
  expect(result).toEqual({ faults: [], missing: [] })
  expect(await longestTask('100 messages a second')).toBeLessThan(LONG_TASK_MS)
  expect(open.faults).toEqual({ errors: [], dialogs: [], foreign: [], violations: [] })
}, 180_000)
