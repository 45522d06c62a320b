/** A signal with a time limit of its own that follows another one. */
export interface Deadline {
  signal: AbortSignal
  /** Stops the clock; the outer signal is still followed. */
  stopClock(): void
  /** Stops the clock and lets go of the outer signal; call it in a `finally`. */
  release(): void
}

/**
 * Aborts after `limitMs` with the error of `onTime`, or with `outer`'s reason. Not `AbortSignal.any`: an
 * outer signal that lives as long as the program would collect listeners on some platforms.
 */
export function deadline(limitMs: number, onTime: () => Error, outer?: AbortSignal): Deadline {
  const controller = new AbortController()
  const timer = setTimeout(() => controller.abort(onTime()), limitMs)
  const follow = () => controller.abort(outer?.reason)
  if (outer?.aborted) follow()
  outer?.addEventListener('abort', follow, { once: true })
  return {
    signal: controller.signal,
    stopClock: () => clearTimeout(timer),
    release() {
      clearTimeout(timer)
      outer?.removeEventListener('abort', follow)
    },
  }
}

/** Resolves after `ms`; rejects with the signal's reason as soon as it aborts. */
export async function wait(ms: number, signal?: AbortSignal): Promise<void> {
  signal?.throwIfAborted()
  await new Promise<void>((resolve, reject) => {
    const onAbort = () => {
      clearTimeout(timer)
      reject(signal?.reason as Error)
    }
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', onAbort)
      resolve()
    }, ms)
    signal?.addEventListener('abort', onAbort, { once: true })
  })
}
