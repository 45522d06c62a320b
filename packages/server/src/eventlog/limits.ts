/** Bounds of live delivery inside one server; what the wire contract fixes is in `@moltnet/protocol`. */
export const DELIVERY_LIMITS = {
  /** After this long, in milliseconds, everybody else gets a turn of the loop before events are handed out further. */
  handOutMs: 2,
  /** Entries that one subscriber takes in a row when it catches up, so that others get their turn. */
  catchUpEntries: 128,
  /**
   * Frames that a v1 socket may have un-ACKed. One that reaches it is read no further until half of them
   * are ACKed; nothing is dropped, because its next frames stay in the log. Costs 8 bytes each.
   */
  unackedFrames: 4_096,
  /**
   * Open wakes of one consumer. The scan waits at this many, so that an agent that takes nothing holds
   * bounded memory; far above any window, so that one busy conversation does not hide the others.
   */
  openWakes: 4_096,
  /**
   * Newest lines of an agent's ledger that are looked at for its turns of the last hour when it attaches: more
   * than an hour has turns by default, even when each took four messages.
   */
  linesForTurns: 1_024,
  /** Log entries scanned for a consumer before its READY, so that `pending` counts what waits for it. */
  scanBeforeReady: 2_048,
  /** A consumer whose scan moved without any wake saves it this often, in milliseconds. */
  scanSaveMs: 5_000,
  /** How often the position of a watch for approvals is saved when it found nothing, in milliseconds. */
  watchSaveMs: 300_000,
  /** An attached consumer of a silent network saves that it had contact this often, in milliseconds. */
  contactSaveMs: 3_600_000,
  /** How often the shared timer of sockets, streams and consumers runs, in milliseconds. */
  tickMs: 250,
  /** Rooms, and agents with their rooms, whose audience is kept ready. */
  cachedRooms: 16_384,
  /** Room audiences are forgotten, oldest first, beyond this many memberships in all. */
  cachedAudience: 1_000_000,
  /** Gap ids that are remembered as cursors; an older one is answered with a gap again. */
  rememberedGaps: 1_024,
} as const
