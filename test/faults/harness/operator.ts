import { HttpError, type HttpClient, TransportError } from '@moltnet/client'
import type { Random } from './random.ts'

/** Pause between two looks, in milliseconds. */
const LOOK_MS = 30

/** Somebody who approves wakes until stopped. */
export interface Operator {
  /** How many wakes it approved, as far as it knows. */
  readonly approved: number
  stop(): Promise<void>
}

/** Approves what is held, a few at a time and in no order; a fault of the round is a reason to look again. */
export function startOperator(client: HttpClient, random: Random): Operator {
  let stopped = false
  let approved = 0
  const look = async (): Promise<void> => {
    const { wakes } = await client.listWakes({ state: 'held', limit: 1 + random.below(100) })
    for (const { id } of wakes) {
      if (random.next() < 0.5) continue
      await client.operateWake(id, 'approve')
      approved += 1
    }
  }
  const run = async (): Promise<void> => {
    while (!stopped) {
      await look().catch((error: unknown) => {
        // 409: an answer was lost, and the wake is approved already.
        const passing = error instanceof HttpError && (error.retryable || error.status === 409)
        if (!passing && !(error instanceof TransportError)) throw error
      })
      await Bun.sleep(LOOK_MS)
    }
  }
  const running = run()
  running.catch(() => undefined)
  return {
    get approved() {
      return approved
    },
    stop() {
      stopped = true
      return running
    },
  }
}
