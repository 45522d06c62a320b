import fs from 'node:fs'
import type { Random } from './random.ts'
import type { Host, Scheduler, Task } from './scheduler.ts'
import type { Network } from './network.ts'

/** What the code under test finds where the platform is, as long as a world runs. */
export interface World {
  readonly scheduler: Scheduler
  readonly network: Network
  /** A host that is always there, for what no process does. */
  readonly machine: Host
  /** For everything that the code under test leaves to chance, and for how late its timers are. */
  readonly random: Random
  /** Unix time of the beginning in milliseconds; a jump of the wall clock moves it. */
  wallStart: number
  /** Highest value that its wall clock has shown. */
  newestTime: number
  /** Descriptors that its processes have open; one that is killed leaves its own behind. */
  readonly files: Set<number>
}

/** Longest time that a timer is late, in milliseconds. */
const LATE_MS = 2

/** Longest time of an fsync, in milliseconds. */
const SYNC_MS = 5

/** Time from one immediate to the next, in milliseconds. */
const IMMEDIATE_MS = 0.005

/** How many of the looks at the clock find that the work before took its time, and how long at most, in milliseconds. */
const BUSY_SHARE = 0.1
const BUSY_MS = 5

let world: World | undefined

/** Unix time of a world, in milliseconds. */
export function wallClock(own: World): number {
  const time = Math.floor(own.wallStart + own.scheduler.now)
  own.newestTime = Math.max(own.newestTime, time)
  return time
}

/** Time of a world for code that asks how long it has been at work: that work takes time is seen there alone. */
function busyTime({ scheduler, random }: World): number {
  if (random.chance(BUSY_SHARE)) scheduler.now += random.between(0, BUSY_MS)
  return scheduler.now
}

/** Lets the code that runs from now on live in a world; undefined: outside all of them. */
export function enter(next: World | undefined): void {
  world = next
}

/**
 * Replaces the clocks, timers, chance and sockets of this process: of a world while one runs, the platform's
 * own otherwise. The code under test is not changed for it and needs to be handed nothing. Call once.
 */
export function installPlatform(): void {
  const real = {
    dateNow: Date.now,
    now: performance.now.bind(performance),
    random: Math.random,
    uuid: crypto.randomUUID.bind(crypto),
    values: crypto.getRandomValues.bind(crypto),
    digest: crypto.subtle.digest.bind(crypto.subtle),
    setTimeout: globalThis.setTimeout,
    setInterval: globalThis.setInterval,
    setImmediate: globalThis.setImmediate,
    clear: globalThis.clearTimeout,
    fetch: globalThis.fetch,
    fsync: fs.fsync,
    openSync: fs.openSync,
    closeSync: fs.closeSync,
  }
  Date.now = () => (world === undefined ? real.dateNow() : wallClock(world))
  performance.now = () => (world === undefined ? real.now() : busyTime(world))
  Math.random = () => world?.random.next() ?? real.random()
  replace(crypto, 'randomUUID', () => (world === undefined ? real.uuid() : uuidOf(world.random)))
  replace(crypto, 'getRandomValues', (bytes: Uint8Array) => {
    if (world === undefined) return real.values(bytes as Uint8Array<ArrayBuffer>)
    const { random } = world
    return bytes.map((_, at, all) => (all[at] = random.int(0, 255)))
  })
  replace(crypto.subtle, 'digest', (name: string, bytes: Uint8Array<ArrayBuffer>) => {
    if (world === undefined) return real.digest(name, bytes)
    // The platform's own resolves on another thread, whenever that is done.
    const hasher = new Bun.CryptoHasher(name === 'SHA-1' ? 'sha1' : 'sha256')
    return Promise.resolve(hasher.update(bytes).digest().buffer)
  })
  const timeout = (work: () => void, ms = 0, ...rest: unknown[]) =>
    world === undefined ? real.setTimeout(work, ms, ...rest) : new Timer(world, work, ms)
  const interval = (work: () => void, ms = 0, ...rest: unknown[]) =>
    world === undefined ? real.setInterval(work, ms, ...rest) : new Timer(world, work, ms, true)
  const immediate = (work: () => void, ...rest: unknown[]) =>
    world === undefined ? real.setImmediate(work, ...rest) : soon(world, work)
  const clear = (timer: unknown) => {
    if (timer instanceof Timer) timer.clear()
    else real.clear(timer as Timer & number)
  }
  replace(globalThis, 'setTimeout', timeout)
  replace(globalThis, 'setInterval', interval)
  replace(globalThis, 'setImmediate', immediate)
  replace(globalThis, 'clearTimeout', clear)
  replace(globalThis, 'clearInterval', clear)
  replace(globalThis, 'fetch', (url: string, init: RequestInit) =>
    world === undefined ? real.fetch(url, init) : world.network.fetch(url, init),
  )
  replace(fs, 'fsync', (file: number, done: (error: Error | null) => void) =>
    world === undefined ? real.fsync(file, done) : sync(world, done),
  )
  replace(fs, 'openSync', (path: string, flags: string) => {
    const file = real.openSync(path, flags)
    world?.files.add(file)
    return file
  })
  replace(fs, 'closeSync', (file: number) => {
    world?.files.delete(file)
    real.closeSync(file)
  })
  replace(globalThis, 'WebSocket', worldSocket(globalThis.WebSocket))
}

/** A timer of the world, as late as the platform's may be and never early. */
class Timer {
  readonly #world: World
  readonly #work: () => void
  readonly #ms: number
  readonly #repeats: boolean
  readonly #host: Host
  #task: Task | undefined

  // oxlint-disable-next-line max-params -- the parameters of the platform's function, and whose it is
  constructor(own: World, work: () => void, ms: number, repeats = false) {
    this.#world = own
    this.#work = work
    this.#ms = Math.max(1, ms)
    this.#repeats = repeats
    this.#host = own.scheduler.current
    this.#arm()
  }

  ref(): this {
    return this
  }

  unref(): this {
    return this
  }

  clear(): void {
    if (this.#task !== undefined) this.#task.work = undefined
    this.#task = undefined
  }

  #arm(): void {
    const { scheduler, random } = this.#world
    const due = scheduler.now + this.#ms + random.between(0, LATE_MS)
    this.#task = scheduler.at(this.#host, due, () => {
      this.#task = undefined
      // Armed before the call, which may clear it.
      if (this.#repeats) this.#arm()
      this.#work()
    })
  }
}

function soon({ scheduler }: World, work: () => void): void {
  const host = scheduler.current
  host.lastImmediate = Math.max(host.lastImmediate, scheduler.now) + IMMEDIATE_MS
  scheduler.at(host, host.lastImmediate, work)
}

/** The disk of a world outlives its processes by itself; an fsync there only takes its time. */
function sync({ scheduler, random }: World, done: (error: Error | null) => void): void {
  scheduler.at(scheduler.current, scheduler.now + random.between(0.05, SYNC_MS), () => done(null))
}

function uuidOf(random: Random): string {
  const hex = Array.from({ length: 4 }, () => random.bits().toString(16).padStart(8, '0')).join('')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20)}`
}

/** The platform's class, that makes sockets of the world while one runs. */
function worldSocket(platform: typeof WebSocket): typeof WebSocket {
  return new Proxy(platform, {
    construct: (target, args: [string]) => world?.network.connect(args[0]) ?? new target(...args),
  })
}

function replace(owner: object, name: string, value: unknown): void {
  Object.defineProperty(owner, name, { value, configurable: true, writable: true })
}
