import { openAttachment } from '@moltnet/client'
import { positionOf } from './frame-check.ts'
import type { History } from './history.ts'
import { BASE_URL, NETWORK, WATCHER } from './names.ts'
import { Random } from './random.ts'

/** A v1 attachment that must be told of everything that happens in rooms, or of a gap. */
export class Watcher {
  readonly #history: History
  readonly #random: Random
  readonly #seen = new Set<number>()
  #from = Number.POSITIVE_INFINITY
  /** Positions that it was told to be forgotten: after the first and before the second. */
  readonly #gaps: (readonly [number, number])[] = []

  constructor(history: History, seed: number) {
    this.#history = history
    this.#random = new Random(seed, 'watcher')
  }

  /** Runs on its own host. */
  async watch(): Promise<void> {
    const attachment = openAttachment({ baseUrl: BASE_URL, networkId: NETWORK, agent: { id: WATCHER } })
    for await (const item of attachment) {
      if (item.type !== 'event') continue
      const { event } = item.frame
      if (event.type === 'stream.replay_gap') {
        const { requested_event_id, oldest_event_id } = event.replay_gap
        this.#gaps.push([positionOf(requested_event_id), positionOf(oldest_event_id)])
      } else {
        const position = positionOf(event.id)
        this.#from = Math.min(this.#from, position)
        this.#seen.add(position)
      }
      if (this.#random.chance(0.8)) item.ack()
      else setTimeout(() => item.ack(), this.#random.between(0, 500))
    }
  }

  /** Positions of what happened in rooms and was not told. */
  get missing(): number[] {
    const missing: number[] = []
    for (const { position, scope } of this.#history.log.values()) {
      if (scope.kind !== 'room' || position < this.#from || this.#seen.has(position)) continue
      if (!this.#gaps.some(([after, before]) => position > after && position < before)) missing.push(position)
    }
    return missing
  }
}
