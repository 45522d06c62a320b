/** Waits of a series of tries: `firstMs` doubling to `maxMs`, each off by up to `jitter` of itself. */
export interface BackoffPlan {
  firstMs: number
  maxMs: number
  /** 0.2 means ±20 %. */
  jitter: number
}

/** Wait before the try after `failures` failed ones (1 or more), in milliseconds. `random` is in [0, 1). */
export function backoffMs(plan: BackoffPlan, failures: number, random: () => number): number {
  // 2 ** 30 is beyond every maximum; a larger exponent would only overflow.
  const base = Math.min(plan.maxMs, plan.firstMs * 2 ** Math.min(failures - 1, 30))
  return Math.round(base * (1 - plan.jitter + 2 * plan.jitter * random()))
}
