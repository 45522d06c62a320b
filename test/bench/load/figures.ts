/** A percentile of unsorted samples, nearest rank; NaN without samples. */
export function percentile(samples: readonly number[], p: number): number {
  if (samples.length === 0) return Number.NaN
  const sorted = Float64Array.from(samples).sort()
  return sorted[Math.min(sorted.length - 1, Math.ceil((p / 100) * sorted.length) - 1)] as number
}

/** Median of unsorted samples. */
export function median(samples: readonly number[]): number {
  return percentile(samples, 50)
}
