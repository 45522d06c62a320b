/**
 * Named limits of the wire contract. Every number stands here once; a server may make some of them
 * stricter by configuration but never looser, because v1 peers rely on them.
 */
export const LIMITS = {
  /** Longest generic id, in characters (v1 contract). */
  idCharacters: 128,
  /** Largest JSON request body, in bytes (v1 contract). */
  bodyBytes: 1_048_576,
  /** Largest attachment frame in either direction, in encoded bytes (v1 contract). */
  frameBytes: 1_048_576,
  /** Most member ids in one request, and most participants of a DM (v1 contract). */
  membersPerRequest: 256,
  /** Items per page when `limit` is absent or not a number (v1 contract). */
  pageDefault: 100,
  /** Largest page; a bigger `limit` is lowered to it (v1 contract). */
  pageMax: 500,
  /** A page ends early once its encoded items reach this many bytes, with at least one item. */
  pageBytes: 4_194_304,
  /** Deepest JSON nesting accepted in a request. */
  jsonDepth: 64,
  /** Longest display name kept, in characters, after reduction to one line. */
  nameCharacters: 64,
  /** Longest request id accepted from a client, in characters. */
  requestIdCharacters: 128,
} as const

/** Timing of the attachment protocol `moltnet.attach.v1`, in milliseconds (v1 contract). */
export const ATTACH_TIMING = {
  /** What HELLO announces as `heartbeat_interval_ms`. */
  heartbeatMs: 5_000,
  /** The server sends PING this often: twice per announced heartbeat. */
  pingMs: 2_500,
  /** A socket that has not sent IDENTIFY after this long is closed with an ERROR. */
  identifyMs: 10_000,
  /** The read side counts as dead after this long without any frame. */
  readMs: 10_000,
  /** A socket that takes nothing for this long while frames wait is terminated. */
  stallMs: 60_000,
} as const

/** Timing and bounds of the event stream (server-sent events). */
export const STREAM_LIMITS = {
  /** A `: keep-alive` comment is written this often, in milliseconds (v1 contract). */
  keepAliveMs: 15_000,
  /** Newest events replayed after an unknown cursor (v1 contract). */
  gapReplayEvents: 1_000,
  /** Most open streams of one server (v1 contract). */
  streams: 128,
  /** Most open streams of one identity: a token, else an address (v1 contract). */
  streamsPerIdentity: 16,
} as const

/** Bounds of durable consumers (see docs/reference/delivery). */
export const CONSUMER_LIMITS = {
  /** Un-ACKed wakes per consumer when IDENTIFY names no `window`. */
  windowDefault: 64,
  /** Largest `window` a consumer may ask for. */
  windowMax: 1_024,
  /** Un-ACKed wakes per conversation, so that one busy room cannot fill the window. */
  windowPerConversation: 16,
  /** First wait after a failed wake; doubles up to `backoffMaxMs`. */
  backoffFirstMs: 1_000,
  /** Longest wait between two tries of one wake. */
  backoffMaxMs: 300_000,
  /** Longest name of a runtime's kind in IDENTIFY, in characters. */
  runtimeCharacters: 64,
  /** Last text of a turn that is kept for an operator, in characters; longer ones are cut. */
  finalTextCharacters: 16_384,
  /** Warnings kept of one turn … */
  warnings: 16,
  /** … and the longest of them, in characters. */
  warningCharacters: 500,
  /** Most rooms in one subscription. */
  subscriptionRooms: 4_096,
} as const
