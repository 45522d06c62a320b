import { monitorEventLoopDelay } from 'node:perf_hooks'
import type { Metric } from './registry.ts'

/** How often the loop is asked, in milliseconds. */
const RESOLUTION_MS = 10

/** Quantiles that are shown; 1 is the longest. */
const QUANTILES = [0.5, 0.99, 1] as const

/**
 * How late the loop was since the last time somebody asked. Measured only once somebody has asked: 100 timers a
 * second are for servers that are watched.
 */
export class LoopDelay implements Metric {
  #monitor: ReturnType<typeof monitorEventLoopDelay> | undefined

  render(): string {
    const name = 'moltnet_loop_delay_seconds'
    const lines = [
      `# HELP ${name} How late the event loop was, since the last look at these metrics.`,
      `# TYPE ${name} summary`,
    ]
    const monitor = this.#monitor
    if (monitor === undefined) {
      this.#monitor = monitorEventLoopDelay({ resolution: RESOLUTION_MS })
      this.#monitor.enable()
      return lines.join('\n')
    }
    for (const quantile of QUANTILES) {
      const nanoseconds = monitor.count === 0 ? 0 : monitor.percentile(quantile * 100)
      lines.push(`${name}{quantile="${quantile}"} ${nanoseconds / 1e9}`)
    }
    monitor.reset()
    return lines.join('\n')
  }
}
