import { RawHttp } from './raw-http.ts'

/** Requests on the way at once; what is due while all are busy waits, and its time counts. */
const CONNECTIONS = 64
/** Timers are this coarse: what is nearer is waited for in the loop, in milliseconds. */
const TIMER_MS = 1.5

/** One request of an open loop. */
export interface OpenLoopSample {
  /** Unix time of the intended send, in milliseconds. */
  at: number
  /** From the intended send to the answer. */
  ms: number
}

/**
 * Sends at a fixed rate that does not depend on how fast the server answers. Each request counts from the
 * time it was to be sent: one that had to wait behind a stall shows the stall (no coordinated omission).
 */
export async function openLoop(o: {
  hostname: string
  port: number
  ratePerSecond: number
  seconds: number
  warmupSeconds: number
  /** `intended` is on the clock of `performance.now()`. */
  request: (sequence: number, intended: number) => Uint8Array
  expect: number
}): Promise<{ samples: OpenLoopSample[]; answered: number; failed: number }> {
  const free = await Promise.all(
    Array.from({ length: CONNECTIONS }, () => RawHttp.connect(o.hostname, o.port)),
  )
  const all = [...free]
  const start = performance.now()
  const total = Math.round(o.ratePerSecond * (o.warmupSeconds + o.seconds))
  const warmup = Math.round(o.ratePerSecond * o.warmupSeconds)
  const samples: OpenLoopSample[] = []
  let done = 0
  let failed = 0
  const send = async (connection: RawHttp, sequence: number, intended: number) => {
    const answer = await connection.send(o.request(sequence, intended))
    const ms = performance.now() - intended
    done++
    free.push(connection)
    if (answer.status !== o.expect) failed++
    else if (sequence >= warmup) samples.push({ at: performance.timeOrigin + intended, ms })
  }
  const sends: Promise<void>[] = []
  for (let sequence = 0; sequence < total; sequence++) {
    const intended = start + (sequence * 1000) / o.ratePerSecond
    for (;;) {
      const wait = intended - performance.now()
      const connection = wait <= 0 ? free.pop() : undefined
      if (connection !== undefined) {
        sends.push(send(connection, sequence, intended))
        break
      }
      if (wait > TIMER_MS) await Bun.sleep(wait - TIMER_MS)
      else await new Promise((resolve) => setImmediate(resolve))
    }
  }
  await Promise.all(sends)
  for (const connection of all) connection.close()
  return { samples, answered: done - failed, failed }
}
