import { CONSUMER_LIMITS, type EventFrame, type NackReason } from '@moltnet/protocol'

/** An event that waits to be handed out again. */
export interface HeldEvent {
  frame: EventFrame
  characters: number
}

/**
 * v1 servers know no NACK. A refused event stays un-ACKed there and is handed out again by the client
 * after a wait, without a reconnect: that would fail every other event in flight. Waits and counts as a
 * durable consumer's server does: 1 s doubling to 5 min; `unavailable` and `busy` are no attempts.
 */
export class V1Retries {
  readonly #held = new Map<string, ReturnType<typeof setTimeout>>()
  readonly #again: (event: HeldEvent) => void

  constructor(again: (event: HeldEvent) => void) {
    this.#again = again
  }

  /** Whether an event waits here. */
  has(cursor: string): boolean {
    return this.#held.has(cursor)
  }

  hold(event: HeldEvent, answer: { reason: NackReason; retryAfterMs?: number }): void {
    const { frame } = event
    const attempt = (frame.attempt ?? 1) + (COUNTED.has(answer.reason) ? 1 : 0)
    const { backoffFirstMs, backoffMaxMs } = CONSUMER_LIMITS
    const backoff = Math.min(backoffMaxMs, backoffFirstMs * 2 ** Math.min((frame.attempt ?? 1) - 1, 30))
    const waitMs = Math.min(answer.retryAfterMs ?? backoff, backoffMaxMs)
    const next = { ...event, frame: { ...frame, redelivered: true, attempt } }
    const timer = setTimeout(() => {
      this.#held.delete(frame.cursor)
      this.#again(next)
    }, waitMs)
    this.#held.set(frame.cursor, timer)
  }

  /** The event was ACKed after all. */
  forget(cursor: string): void {
    clearTimeout(this.#held.get(cursor))
    this.#held.delete(cursor)
  }

  clear(): void {
    for (const timer of this.#held.values()) clearTimeout(timer)
    this.#held.clear()
  }
}

const COUNTED: ReadonlySet<NackReason> = new Set(['failed', 'timeout'])
