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
} as const
