import type { EventRetention } from '@moltnet/config'
import { getLogger } from '@logtape/logtape'
import { formatTime } from '@moltnet/protocol'
import { type Store, StoreFailed } from '../store/port.ts'
import type { StoreLog } from './log.ts'

const logger = getLogger(['moltnet', 'retention'])

/** Entries forgotten in one transaction, so that no write waits long for it. */
const STEP_ENTRIES = 2_000

/** How often the log is looked at, in milliseconds. */
const INTERVAL_MS = 60_000

/** What the retention of a log is wired with. */
export interface RetentionOptions {
  readonly store: Store
  readonly log: StoreLog
  readonly retention: EventRetention
  /** The wall clock in milliseconds. */
  readonly now: () => number
}

/** Keeps a log within its limits of age and count. */
export interface Retention {
  /** Forgets what may go now, in bounded steps; resolves with the oldest kept position. */
  run(): Promise<number>
  start(): void
  stop(): Promise<void>
}

/**
 * Forgets entries that are too old or too many, never past the scan position of a durable consumer with
 * contact within `consumerTtlMs`. Messages stay: only the log before the limit is gone.
 */
export function createRetention({ store, log, retention, now }: RetentionOptions): Retention {
  let timer: ReturnType<typeof setInterval> | undefined
  let running: Promise<number> | undefined
  let stopped = false

  const target = async (): Promise<number> => {
    const cutoff = formatTime(BigInt(Math.max(0, now() - retention.maxAgeMs)) * 1_000_000n)
    const byAge = (await store.read.positionAt(cutoff)) + 1
    const byCount = retention.maxCount === undefined ? 0 : store.head - retention.maxCount + 1
    const scan = await store.read.lowestScan(now() - retention.consumerTtlMs)
    return Math.min(Math.max(byAge, byCount), scan === undefined ? Number.POSITIVE_INFINITY : scan + 1)
  }

  const steps = async (): Promise<number> => {
    let oldest = await log.oldest()
    const until = await target()
    while (oldest < until && !stopped) {
      const reached = await store.transact((tx) => tx.trimLog(until, STEP_ENTRIES))
      if (reached <= oldest) break
      oldest = reached
      log.trimmed(oldest)
    }
    return oldest
  }

  const run = (): Promise<number> => {
    running ??= steps().finally(() => {
      running = undefined
    })
    return running
  }

  return {
    run,
    start() {
      const look = () =>
        run().catch((error: unknown) => {
          if (!(error instanceof StoreFailed)) logger.error('retention failed: {error}', { error })
        })
      timer = setInterval(() => void look(), INTERVAL_MS)
      timer.unref()
      void look()
    },
    async stop() {
      stopped = true
      clearInterval(timer)
      await running?.catch(() => undefined)
    },
  }
}
