import { sessionUuid } from '@moltnet/protocol'
import { NODE_LIMITS } from '../limits.ts'
import type { Session, Wake } from './adapter.ts'

/**
 * The keys by which a runtime knows a wake again: the same key for the same messages of a session, so
 * that a wake whose end was not seen costs no second turn; another one after a failure was reported,
 * so that the runtime tries again. Failures are remembered by this process only.
 */
export class IdempotencyKeys {
  /** Reported failures by key; the one that failed last stands last. */
  readonly #failures = new Map<string, number>()

  /** The key of a wake: a UUID, with `-2` and so on behind it after failures. */
  async keyOf(wake: Wake, session: Session): Promise<string> {
    const key = await baseKey(wake, session)
    const failures = this.#failures.get(key) ?? 0
    return failures === 0 ? key : `${key}-${failures + 1}`
  }

  /** The runtime has reported that it failed. */
  async failed(wake: Wake, session: Session): Promise<void> {
    const key = await baseKey(wake, session)
    const failures = (this.#failures.get(key) ?? 0) + 1
    this.#failures.delete(key)
    this.#failures.set(key, failures)
    for (const oldest of this.#failures.keys()) {
      if (this.#failures.size <= NODE_LIMITS.refusedBatches) break
      this.#failures.delete(oldest)
    }
  }

  /** The wake is done. */
  async done(wake: Wake, session: Session): Promise<void> {
    this.#failures.delete(await baseKey(wake, session))
  }
}

function baseKey({ messages }: Wake, { key }: Session): Promise<string> {
  const ids = messages.map((message) => `${message.id} ${message.created_at}`)
  return sessionUuid([key, ...ids].join('\n'))
}
