import { CONSUMER_LIMITS } from '@moltnet/protocol'

/** What is known of an arriving event: to be handed out, or ACKed before and only to be ACKed again. */
export type Arrival = 'new' | 'acked'

/** Which events of one kind of attachment are handled. Holds no socket; says what may be sent. */
export interface Ledger {
  readonly mode: 'durable' | 'v1'
  /** The newest event up to which all are ACKed, as far as the client has to know. */
  readonly done: string | undefined
  /** A connection is being made: what its IDENTIFY says to resume after. */
  resume(): string | undefined
  /** Events remembered. */
  readonly size: number
  /** A connection became live: the ACKs to send at once. */
  connected(): string[]
  /** The connection that was told where to resume is gone. */
  disconnected(): void
  receive(cursor: string): Arrival
  /** Handled. Whether the ACK is to be sent now. */
  ack(cursor: string): boolean
  /** Not handled. Whether a NACK may be sent now. */
  nack(cursor: string): boolean
  /** Whether a STATUS may be sent now. */
  acceptsStatus(cursor: string): boolean
}

/**
 * A durable consumer: the server keeps the position and sends again what is not ACKed. An ACK given
 * without a connection waits for the next one, where it is still valid. An ACK may be lost with its
 * connection, so the last ones are remembered: their events, sent again, are ACKed again and not handed
 * out. The server has at most `window` events un-ACKed and reads ACKs in order, so the ACKs that it has
 * not seen are among the last `window`.
 */
export function durableLedger(window: number = CONSUMER_LIMITS.windowDefault): Ledger {
  const open = new Set<string>()
  const acked = new Set<string>()
  const unsent = new Set<string>()
  let live = false
  return {
    mode: 'durable',
    done: undefined,
    resume: () => undefined,
    get size() {
      return open.size
    },
    connected() {
      live = true
      const waiting = [...unsent]
      unsent.clear()
      return waiting
    },
    disconnected() {
      live = false
      open.clear()
    },
    receive(cursor) {
      if (acked.has(cursor)) return 'acked'
      open.add(cursor)
      return 'new'
    },
    ack(cursor) {
      open.delete(cursor)
      if (acked.has(cursor)) return false
      acked.add(cursor)
      for (const oldest of acked) {
        if (acked.size <= window) break
        acked.delete(oldest)
      }
      if (!live) unsent.add(cursor)
      return live
    },
    nack: (cursor) => open.delete(cursor),
    acceptsStatus: (cursor) => open.has(cursor),
  }
}

/** An event of a v1 attachment that is not done with. */
interface V1Entry {
  acked: boolean
  /** Came on the present connection, so it may be ACKed there and does not come on it again. */
  open: boolean
  /** Part of the unbroken run, kept only because the present connection will still bring it. */
  passed: boolean
}

/**
 * A v1 attachment: the client says where to resume, which is the end of the unbroken run of ACKed events.
 * Later ACKed ones are remembered, because they come again after a reconnect. An ACK is only valid on the
 * connection that brought the event; NACK and STATUS do not exist.
 *
 * As long as nothing is ACKed and no `startAt` is given there is no such run. The first event received
 * then stands in, so that nothing published after it is missed; the client still holds that one itself.
 */
export function v1Ledger(startAt?: string): Ledger {
  const entries = new Map<string, V1Entry>()
  let done = startAt
  let first: string | undefined
  /** A connection was told where to resume, and may bring everything after that. */
  let asked = false
  /** Moves the position on and forgets what cannot come again. */
  const advance = () => {
    for (const [cursor, entry] of entries) {
      if (!entry.acked) break
      if (!entry.passed) done = cursor
      entry.passed = true
      if (entry.open || !asked) entries.delete(cursor)
    }
  }
  return {
    mode: 'v1',
    get done() {
      return done
    },
    get size() {
      return entries.size
    },
    resume() {
      asked = true
      return done ?? first
    },
    connected: () => [],
    disconnected() {
      asked = false
      for (const entry of entries.values()) entry.open = false
      advance()
    },
    receive(cursor) {
      first ??= cursor
      const known = entries.get(cursor)
      if (known === undefined) {
        entries.set(cursor, { acked: false, open: true, passed: false })
        return 'new'
      }
      known.open = true
      if (!known.acked) return 'new'
      advance()
      return 'acked'
    },
    ack(cursor) {
      const entry = entries.get(cursor)
      if (entry === undefined || entry.acked) return false
      entry.acked = true
      advance()
      return entry.open
    },
    nack: () => false,
    acceptsStatus: () => false,
  }
}
