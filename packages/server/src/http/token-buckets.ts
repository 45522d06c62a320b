import type { RateLimit } from '@moltnet/config'

/** Keys of one generation; about 100 bytes each. Two generations are kept. */
const GENERATION_KEYS = 8_192

/** Token buckets by key. A bucket starts full. */
export interface TokenBuckets {
  /** Takes a token: 0 when there was one, else the seconds until there is one. */
  take(key: string, nowMs: number): number
  /** Keys that are remembered. */
  readonly size: number
}

/**
 * Each bucket is one number, the time at which it is full again (the generic cell rate algorithm), so
 * that forgetting a key that was not used lately changes nothing. Keys are forgotten by generation: taking
 * single ones out of the front of a Map is slow, because it skips every hole left there before.
 */
export function createTokenBuckets({ perMinute, burst }: RateLimit): TokenBuckets {
  const intervalMs = 60_000 / perMinute
  const depthMs = burst * intervalMs
  let recent = new Map<string, number>()
  let older = new Map<string, number>()
  return {
    take(key, nowMs) {
      const fullAt = recent.get(key) ?? older.get(key) ?? 0
      const next = Math.max(fullAt, nowMs) + intervalMs
      // Half a millisecond forgives what floating point adds up to.
      if (next - nowMs > depthMs + 0.5) return (next - nowMs - depthMs) / 1000
      recent.set(key, next)
      if (recent.size >= GENERATION_KEYS) {
        older = recent
        recent = new Map()
      }
      return 0
    },
    get size() {
      return recent.size + older.size
    },
  }
}
