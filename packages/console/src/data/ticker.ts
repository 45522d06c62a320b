/** Runs `task` once after `waitMs`, however often it was asked for meanwhile. */
export function throttled(waitMs: number, task: () => void): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined
  return () => {
    timer ??= setTimeout(() => {
      timer = undefined
      task()
    }, waitMs)
  }
}

/** Gathers items and hands them on together: once a frame, and now and then while the page is hidden. */
export function batched<T>(take: (items: T[]) => void): (item: T) => void {
  let items: T[] = []
  const flush = () => {
    const all = items
    items = []
    take(all)
  }
  return (item) => {
    items.push(item)
    if (items.length > 1) return
    if (document.visibilityState === 'visible') requestAnimationFrame(flush)
    else setTimeout(flush, HIDDEN_FLUSH_MS)
  }
}

/** A hidden page draws no frames. */
const HIDDEN_FLUSH_MS = 250
