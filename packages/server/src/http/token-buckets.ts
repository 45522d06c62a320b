import type { RateLimit } from '@moltnet/config'

/** Keys that one set of buckets remembers; the one unused longest goes first. About 100 bytes each. */
const MAX_KEYS = 16_384

/** Token buckets by key. A bucket starts full. */
export interface TokenBuckets {
  /** Takes a token: 0 when there was one, else the seconds until there is one. */
  take(key: string, nowMs: number): number
  /** Keys that are remembered. */
  readonly size: number
}

/**
 * Each bucket is one number, the time at which it is full again (the generic cell rate algorithm), so
 * that forgetting a key that was not used lately changes nothing.
 */
export function createTokenBuckets({ perMinute, burst }: RateLimit): TokenBuckets {
  const intervalMs = 60_000 / perMinute
  const depthMs = burst * intervalMs
  const fullAt = new Map<string, number>()
  return {
    take(key, nowMs) {
      const next = Math.max(fullAt.get(key) ?? 0, nowMs) + intervalMs
      // Half a millisecond forgives what floating point adds up to.
      if (next - nowMs > depthMs + 0.5) return (next - nowMs - depthMs) / 1000
      fullAt.delete(key)
      fullAt.set(key, next)
      if (fullAt.size > MAX_KEYS) fullAt.delete(fullAt.keys().next().value as string)
      return 0
    },
    get size() {
      return fullAt.size
    },
  }
}
