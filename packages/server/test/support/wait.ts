/** Longest wait for something that has to happen, in milliseconds. */
const PATIENCE_MS = 8_000

/** Runs `work`, and fails with `what` when it does not end in time. */
export async function deadline<T>(work: () => Promise<T>, what: string, ms = PATIENCE_MS): Promise<T> {
  let timer: Timer | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`did not happen within ${ms} ms; ${what}`)), ms)
  })
  try {
    return await Promise.race([work(), late])
  } finally {
    clearTimeout(timer)
  }
}

/** Waits until `condition` holds. */
export async function eventually(
  condition: () => boolean | Promise<boolean>,
  what: string,
  ms = PATIENCE_MS,
): Promise<void> {
  const end = performance.now() + ms
  while (!(await condition())) {
    if (performance.now() > end) throw new Error(`did not become true within ${ms} ms: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}
