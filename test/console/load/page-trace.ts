import { expect } from 'bun:test'
import type { Browser, Page } from 'playwright-core'

/** No task of a page may take longer, in milliseconds. */
export const LONG_TASK_MS = 100

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

/** Begins to record what the page does. One trace at a time. */
export function startTrace(browser: Browser, page: Page): Promise<void> {
  return browser.startTracing(page, { categories: ['disabled-by-default-devtools.timeline'] })
}

/** The longest task of the page since the trace was started, in milliseconds of the processor; printed as well. */
export async function longestTask(browser: Browser, what: string): Promise<number> {
  const trace = await browser.stopTracing()
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
