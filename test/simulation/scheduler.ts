import { drainMicrotasks } from 'bun:jsc'

/** A process of the simulated world: what it scheduled ends with it. */
export class Host {
  readonly name: string
  isAlive = true
  #stalledUntil = 0
  /** When the last of its immediates is due: they run in the order in which they were asked for. */
  lastImmediate = 0

  constructor(name: string) {
    this.name = name
  }

  /** Its event loop does nothing before this time. */
  get stalledUntil(): number {
    return this.#stalledUntil
  }

  /** Holds its event loop up until a time: a long garbage collection, a suspended machine. */
  stall(until: number): void {
    this.#stalledUntil = Math.max(this.#stalledUntil, until)
  }
}

/** Something that will run. */
export interface Task {
  readonly host: Host
  at: number
  order: number
  work: (() => void) | undefined
}

/** Virtual time: the next task runs at once, at its time, with everything that its promises lead to. */
export class Scheduler {
  /** Milliseconds since the beginning. */
  now = 0
  /** Tasks run so far. */
  steps = 0
  /** Whose code runs. */
  current: Host
  readonly #heap: Task[] = []
  readonly #onError: (host: Host, error: unknown) => void
  #order = 0

  constructor(first: Host, onError: (host: Host, error: unknown) => void) {
    this.current = first
    this.#onError = onError
  }

  /** Runs `work` on a host at a time, or as soon as possible afterwards. */
  at(host: Host, at: number, work: () => void): Task {
    const task: Task = { host, at: Math.max(at, this.now), order: this.#order++, work }
    this.#push(task)
    return task
  }

  /** Runs tasks until `isOver` says so, nothing is left, or a time is reached. False at the time. */
  run(until: number, isOver: () => boolean): boolean {
    for (;;) {
      const task = this.#heap[0]
      if (task === undefined || task.at > until) {
        this.now = until
        return false
      }
      this.#pop()
      this.#step(task)
      if (isOver()) return true
    }
  }

  #step(task: Task): void {
    const { host, work } = task
    if (work === undefined || !host.isAlive) return
    if (host.stalledUntil > task.at) {
      task.at = host.stalledUntil
      this.#push(task)
      return
    }
    this.now = Math.max(this.now, task.at)
    this.steps += 1
    this.current = host
    task.work = undefined
    try {
      work()
      drainMicrotasks()
    } catch (error) {
      this.#onError(host, error)
    }
  }

  #push(task: Task): void {
    const heap = this.#heap
    let at = heap.length
    heap.push(task)
    while (at > 0) {
      const parent = (at - 1) >> 1
      if (!isBefore(task, heap[parent] as Task)) break
      heap[at] = heap[parent] as Task
      at = parent
    }
    heap[at] = task
  }

  #pop(): void {
    const heap = this.#heap
    const last = heap.pop()
    if (last === undefined || heap.length === 0) return
    let at = 0
    for (;;) {
      let child = 2 * at + 1
      if (child >= heap.length) break
      if (child + 1 < heap.length && isBefore(heap[child + 1] as Task, heap[child] as Task)) child += 1
      if (!isBefore(heap[child] as Task, last)) break
      heap[at] = heap[child] as Task
      at = child
    }
    heap[at] = last
  }
}

function isBefore(a: Task, b: Task): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order)
}
