import type { Tx } from '../port.ts'

/** Most works in one commit: bounds how long the first of them waits for the last. */
const BATCH_WORKS = 512

/**
 * As long as each turn of the loop brings further works, a batch waits for the next one, at most this long
 * in milliseconds: about the time of the fsync that a larger batch saves.
 */
const GATHER_MS = 1

/** A batch takes no further work after this long, in milliseconds. */
const BATCH_MS = 10

/** After this long, in milliseconds, everybody else gets a turn of the loop before the batch goes on. */
const IN_A_ROW_MS = 2

/** A work that somebody waits for. */
export interface Job {
  readonly work: (tx: Tx) => Promise<unknown>
  readonly resolve: (value: unknown) => void
  readonly reject: (error: unknown) => void
  outcome: { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly error: unknown }
}

const NOT_RUN: Job['outcome'] = { ok: false, error: undefined }

/**
 * The works that wait to be written: decides when a batch of them begins, which ones it takes, and when it
 * lets everybody else have a turn of the loop. One batch runs at a time.
 */
export class WorkQueue {
  readonly #runBatch: () => Promise<void>
  #jobs: Job[] = []
  #scheduled = false
  /** Works that the last turn of the loop had found, and until when it is worth waiting for more. */
  #gathered = 0
  #gatherUntil = 0
  #running: Promise<void> | undefined

  /** `runBatch` writes one batch, which it takes from here. It must not reject. */
  constructor(runBatch: () => Promise<void>) {
    this.#runBatch = runBatch
  }

  /** The running batch; resolves at its end. */
  get running(): Promise<void> | undefined {
    return this.#running
  }

  /** Resolves or rejects with the outcome of the work, as the batch that takes it says. */
  add<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.#jobs.push({ work, resolve: resolve as (value: unknown) => void, reject, outcome: NOT_RUN })
      this.#schedule()
    })
  }

  /** Takes out everything that waits. */
  takeAll(): Job[] {
    return this.#jobs.splice(0)
  }

  /** Runs what waits, one after another, and adds it to `taken`; rejects as soon as `run` does. */
  async takeBatch(taken: Job[], run: (job: Job) => Promise<void>): Promise<void> {
    const deadline = performance.now() + BATCH_MS
    let turnEnds = performance.now() + IN_A_ROW_MS
    const jobs = this.#jobs
    let count = 0
    try {
      // Works that are queued while the batch runs join it.
      while (count < jobs.length && count < BATCH_WORKS) {
        const job = jobs[count++] as Job
        taken.push(job)
        await run(job)
        const now = performance.now()
        if (now > turnEnds) {
          await nextTurn()
          turnEnds = performance.now() + IN_A_ROW_MS
        }
        if (now > deadline) break
      }
    } finally {
      this.#jobs = jobs.slice(count)
    }
    // COMMIT may take long too: SQLite moves its log into the database there.
    if (performance.now() > turnEnds - IN_A_ROW_MS / 2) await nextTurn()
  }

  /** Resolves when nothing waits and no batch runs. */
  async idle(): Promise<void> {
    while (this.#running !== undefined || this.#jobs.length > 0) {
      await (this.#running ?? nextTurn())
    }
  }

  #schedule(): void {
    if (this.#scheduled || this.#running !== undefined) return
    this.#scheduled = true
    this.#gathered = 0
    this.#gatherUntil = performance.now() + GATHER_MS
    setImmediate(this.#gather)
  }

  /** Starts the batch after the first turn of the loop that brought no further work. */
  readonly #gather = (): void => {
    if (this.#jobs.length > this.#gathered && performance.now() < this.#gatherUntil) {
      this.#gathered = this.#jobs.length
      setImmediate(this.#gather)
      return
    }
    this.#scheduled = false
    this.#running = this.#runBatch().finally(() => {
      this.#running = undefined
      if (this.#jobs.length > 0) this.#schedule()
    })
  }
}

/** Resolves after everybody else had a turn of the loop. */
function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
