import { formatTime, STREAM_LIMITS } from '@moltnet/protocol'
import type { NetworkId, ReplayGap } from '@moltnet/protocol'
import { DELIVERY_LIMITS } from './limits.ts'
import type { EventLog } from './log.ts'

/** A `stream.replay_gap`: events that its receiver asked for are no longer in the log. */
export interface Gap {
  readonly id: string
  readonly type: 'stream.replay_gap'
  /** The whole event. */
  readonly json: string
}

/** Where a reader goes on after a cursor it brought. */
export interface ResumePoint {
  /** Position of the last entry that it is not given. */
  readonly after: number
  /** To be told first. */
  readonly gap: Gap | undefined
}

/** Turns cursors into positions, and those that have none into gaps. */
export class Gaps {
  readonly #log: EventLog
  readonly #networkId: NetworkId
  readonly #now: () => number
  /** Where what follows a gap begins, by the gap's id; oldest first. */
  readonly #told = new Map<string, number>()

  constructor(o: { log: EventLog; networkId: NetworkId; now: () => number }) {
    this.#log = o.log
    this.#networkId = o.networkId
    this.#now = o.now
  }

  /**
   * Where a reader that has seen everything up to `cursor` goes on. For a cursor that is unknown, or too
   * old, that is a gap and then the newest events. `head` is the newest position it may be given so far.
   */
  async resume(cursor: string, head: number): Promise<ResumePoint> {
    const known = this.#log.parseCursor(cursor)
    if (known !== undefined) return { after: Math.min(known.position, head), gap: undefined }
    const oldest = await this.#log.oldest()
    const followed = this.#told.get(cursor)
    if (followed !== undefined && followed + 1 >= oldest) return { after: followed, gap: undefined }
    const after = Math.max(head - STREAM_LIMITS.gapReplayEvents, oldest - 1, 0)
    return { after, gap: this.make(cursor, after) }
  }

  /** The gap for a reader that stood at `position` when the entries right after it were forgotten. */
  behind(position: number, oldest: number): Gap {
    return this.make(this.#log.encodeId(position), oldest - 1)
  }

  /** The gap that answers `requested`; what follows it begins after position `after`. */
  make(requested: string, after: number): Gap {
    const id = `evt_gap_${new Bun.CryptoHasher('sha256').update(requested).digest('hex')}`
    this.#remember(id, after)
    const newest = this.#log.head
    const gap: ReplayGap = {
      requested_event_id: requested,
      oldest_event_id: this.#log.encodeId(Math.min(after + 1, newest)),
      newest_event_id: this.#log.encodeId(newest),
    }
    const type = 'stream.replay_gap'
    const createdAt = formatTime(BigInt(this.#now()) * 1_000_000n)
    const event = { id, type, network_id: this.#networkId, replay_gap: gap, created_at: createdAt }
    return { id, type, json: JSON.stringify(event) }
  }

  /**
   * The same cursor makes the same id at any time. The earliest beginning counts for all of them: a
   * reader may then see an event again, but misses none.
   */
  #remember(id: string, after: number): void {
    if (this.#told.has(id)) return
    this.#told.set(id, after)
    if (this.#told.size <= DELIVERY_LIMITS.rememberedGaps) return
    for (const oldest of this.#told.keys()) {
      this.#told.delete(oldest)
      return
    }
  }
}
