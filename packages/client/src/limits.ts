import { ATTACH_TIMING, CONSUMER_LIMITS, LIMITS, STREAM_LIMITS } from '@moltnet/protocol'

/** Bounds and times of the client; milliseconds unless a name says otherwise. */
export const CLIENT_LIMITS = {
  /** One HTTP request with its whole answer. */
  requestMs: 15_000,
  /** Largest answer read, in bytes: a page (4 MiB of items, or one message of 1 MiB) with room to spare. */
  responseBytes: 16_777_216,
  /** Text shown of an answer that is no error envelope, in characters. */
  foreignBodyCharacters: 200,
  /** A message is tried this long before its outcome is reported as unknown. */
  sendMs: 30_000,
  /** First wait between two tries of one message; doubles up to `sendBackoffMaxMs`. */
  sendBackoffFirstMs: 250,
  sendBackoffMaxMs: 5_000,
  /** A server that asks for a longer wait before a reconnect is asked again after this one. */
  retryAfterMaxMs: 600_000,
} as const

/** Times and bounds of an attachment; milliseconds unless a name says otherwise. */
export const ATTACHMENT_LIMITS = {
  /** For each of: connection, HELLO, READY. What the server grants IDENTIFY. */
  handshakeMs: ATTACH_TIMING.identifyMs,
  /** Without any frame for this long the connection is dead (v1 contract). */
  readMs: ATTACH_TIMING.readMs,
  /** A taken-over attachment asks again after ten minutes (delivery contract). */
  takenOverMs: 600_000,
  /** `close` waits this long for the server's half of the closing handshake. */
  closeMs: 1_000,
  /** 500 ms doubling to 15 s, ±20 %: a fleet that lost its server must not return in one wave. */
  reconnect: { firstMs: 500, maxMs: 15_000, jitter: 0.2 },
  /** What HELLO announces as heartbeat is kept within these, so that neither side is ever read-dead. */
  heartbeatMinMs: 250,
  heartbeatMaxMs: ATTACH_TIMING.heartbeatMs,
  /** Items that wait for the consumer: the largest window. */
  queueItems: CONSUMER_LIMITS.windowMax,
  /** Their frames, in characters: the default window of frames of the largest size. */
  queueCharacters: CONSUMER_LIMITS.windowDefault * LIMITS.frameBytes,
  /** Events of a v1 attachment after its resume position, ACKed ones included; some 10 MB of ids. */
  ledgerEvents: 65_536,
} as const

/** Times and bounds of the event stream; milliseconds unless a name says otherwise. */
export const EVENT_STREAM_LIMITS = {
  /** For the answer to begin. */
  connectMs: CLIENT_LIMITS.requestMs,
  /** Without any byte for this long, three keep-alives, the stream is dead. */
  silentMs: 3 * STREAM_LIMITS.keepAliveMs,
  reconnect: { firstMs: 500, maxMs: 15_000, jitter: 0.2 },
  /** Largest event, in characters: a frame, with room for what the escaping of JSON adds. */
  eventCharacters: 4 * LIMITS.frameBytes,
} as const
