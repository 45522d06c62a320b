import type { FrameSink, LoadAttachment, SeenEvent } from './attachments.ts'
import { BENCH_NETWORK, messageBody } from './bodies.ts'
import { closedLoop, type ClosedLoopResult } from './closed-loop.ts'
import { percentile } from './figures.ts'
import { openRawAttachment } from './raw-attachment.ts'
import { encodeGet, encodePost, RawHttp } from './raw-http.ts'

/** How many attachments are opened at a time: a fleet returns in parallel, not one by one. */
const CONNECT_BATCH = 64

/** Parameters of a load; each load reads what it needs. */
export interface LoadParameters {
  port: number
  clients: number
  attachments: number
  seconds: number
  warmupSeconds: number
  frameBytes: number
  ratePerSecond: number
  path: string
  paths: string[]
  /** Tokens by what they are. */
  tokens: Record<string, string>
}

/** Every load of the generator by name. */
export const LOADS: Record<string, (p: LoadParameters) => Promise<unknown>> = {
  posts,
  echo,
  fanout,
  latency,
  connect,
  pages,
  ceiling,
  tokens,
}

function posts(p: LoadParameters): Promise<ClosedLoopResult> {
  const bodies = Array.from({ length: p.clients }, (_, client) =>
    encodePost('/v1/messages', messageBody({ from: `poster-${client}`, frameBytes: p.frameBytes })),
  )
  return closedLoop({ ...p, expect: 202, request: (client) => bodies[client] as Uint8Array })
}

/** The same bytes against a bare echo: the ceiling of generator and machine together. */
function echo(p: LoadParameters): Promise<ClosedLoopResult> {
  const body = encodePost('/', messageBody({ from: 'poster-0', frameBytes: p.frameBytes }))
  return closedLoop({ ...p, expect: 200, request: () => body })
}

/**
 * Median time in milliseconds to answer a request with each of the tokens, taken in turn on one connection,
 * so that whatever else the machine does falls on all of them alike.
 */
async function tokens(p: LoadParameters): Promise<Record<string, number>> {
  const connection = await RawHttp.connect('127.0.0.1', p.port)
  const named = Object.entries(p.tokens).map(([name, token]) => ({
    name,
    request: encodeGet(p.path, token),
    samples: [] as number[],
  }))
  const begin = performance.now() + p.warmupSeconds * 1000
  const end = begin + p.seconds * 1000
  while (performance.now() < end) {
    for (const { request, samples } of named) {
      const sent = performance.now()
      await connection.send(request)
      if (sent >= begin) samples.push(performance.now() - sent)
    }
  }
  connection.close()
  return Object.fromEntries(named.map(({ name, samples }) => [name, percentile(samples, 50)]))
}

function pages(p: LoadParameters): Promise<ClosedLoopResult> {
  const requests = p.paths.map((path) => encodeGet(path))
  return closedLoop({
    ...p,
    expect: 200,
    request: (_client, sequence) => requests[sequence % requests.length] as Uint8Array,
  })
}

/** Counts frames and failures, and can wait for a number of frames. */
class Counter implements FrameSink {
  frames = 0
  messages = 0
  failures: string[] = []
  readonly latencies: number[] = []
  measure = false

  onEvent(event: SeenEvent): void {
    this.frames++
    if (!event.isMessage) return
    this.messages++
    if (!this.measure) return
    const text = event.text()
    const at = text.indexOf('sent=')
    if (at >= 0)
      this.latencies.push(performance.now() - Number(text.slice(at + 5, text.indexOf('=', at + 5))))
  }

  onFailure(reason: string): void {
    this.failures.push(reason)
  }

  /** Resolves when `count` messages have come, or when none came for 5 s. */
  async untilMessages(count: number): Promise<void> {
    let last = this.messages
    let still = 0
    while (this.messages < count && still < 50) {
      await Bun.sleep(100)
      still = this.messages === last ? still + 1 : 0
      last = this.messages
    }
  }
}

async function attachAll(p: LoadParameters, sink: FrameSink): Promise<LoadAttachment[]> {
  const open: LoadAttachment[] = []
  for (let first = 0; first < p.attachments; first += CONNECT_BATCH) {
    const batch = Array.from({ length: Math.min(CONNECT_BATCH, p.attachments - first) }, (_, i) =>
      openRawAttachment({ port: p.port, networkId: BENCH_NETWORK, agentId: `agent-${first + i}`, sink }),
    )
    open.push(...(await Promise.all(batch)))
  }
  return open
}

/** Frames per second while posters keep the server busy; every frame of every message must arrive. */
async function fanout(p: LoadParameters): Promise<unknown> {
  const counter = new Counter()
  const open = await attachAll(p, counter)
  await settled(counter)
  const framesBefore = counter.messages
  const started = performance.now()
  let measuredFrom = 0
  let measuredAt = 0
  const mark = setTimeout(() => {
    measuredFrom = counter.messages
    measuredAt = performance.now()
  }, p.warmupSeconds * 1000)
  const posted = await paced(p, {
    counter,
    receivers: open.length,
    until: started + (p.warmupSeconds + p.seconds) * 1000,
  })
  clearTimeout(mark)
  const measured = counter.messages - measuredFrom
  const seconds = (performance.now() - measuredAt) / 1000
  await counter.untilMessages(framesBefore + posted * open.length)
  const missing = framesBefore + posted * open.length - counter.messages
  for (const attachment of open) attachment.close()
  return { framesPerSecond: measured / seconds, posted, missing, failures: counter.failures.slice(0, 3) }
}

/** What the generator itself can take from a server that does nothing but write. */
async function ceiling(p: LoadParameters): Promise<unknown> {
  const counter = new Counter()
  const open = await attachAll(p, counter)
  await Bun.sleep(p.warmupSeconds * 1000)
  const from = counter.messages
  const started = performance.now()
  await Bun.sleep(p.seconds * 1000)
  const framesPerSecond = ((counter.messages - from) * 1000) / (performance.now() - started)
  for (const attachment of open) attachment.close()
  return { framesPerSecond }
}

/** Posts as fast as the receivers take it: at most a few messages that not everybody has seen. */
async function paced(
  p: LoadParameters,
  o: { counter: Counter; receivers: number; until: number },
): Promise<number> {
  const { counter, receivers, until } = o
  const start = counter.messages
  const window = Math.max(8, Math.ceil(20_000 / receivers))
  let posted = 0
  let answered = 0
  const request = encodePost('/v1/messages', messageBody({ from: 'poster-0', frameBytes: p.frameBytes }))
  await Promise.all(
    Array.from({ length: Math.min(p.clients, window) }, async () => {
      const connection = await RawHttp.connect('127.0.0.1', p.port)
      while (performance.now() < until) {
        if (posted - (counter.messages - start) / receivers >= window) {
          await new Promise((resolve) => setImmediate(resolve))
          continue
        }
        posted++
        const answer = await connection.send(request)
        if (answer.status === 202) answered++
      }
      connection.close()
    }),
  )
  return answered
}

/** Open loop: each message is sent at its intended time, and its latency counts from there. */
async function latency(p: LoadParameters): Promise<unknown> {
  const counter = new Counter()
  const open = await attachAll(p, counter)
  await settled(counter)
  const connections = await Promise.all(
    Array.from({ length: 16 }, () => RawHttp.connect('127.0.0.1', p.port)),
  )
  const busy = new Set<number>()
  const start = performance.now()
  const total = Math.round(p.ratePerSecond * (p.warmupSeconds + p.seconds))
  const before = counter.messages
  const sends: Promise<unknown>[] = []
  for (let i = 0; i < total; i++) {
    const intended = start + (i * 1000) / p.ratePerSecond
    while (performance.now() < intended) await Bun.sleep(Math.max(0, intended - performance.now() - 0.5))
    counter.measure = i >= p.ratePerSecond * p.warmupSeconds
    const free = connections.findIndex((_, index) => !busy.has(index))
    if (free < 0) throw new Error('16 connections are not enough for the asked rate')
    busy.add(free)
    const body = messageBody({
      from: 'poster-0',
      frameBytes: p.frameBytes,
      text: `sent=${intended.toFixed(3)}=`,
    })
    sends.push(
      (connections[free] as RawHttp).send(encodePost('/v1/messages', body)).then(() => busy.delete(free)),
    )
  }
  await Promise.all(sends)
  await counter.untilMessages(before + total * open.length)
  const missing = before + total * open.length - counter.messages
  for (const connection of connections) connection.close()
  for (const attachment of open) attachment.close()
  return {
    p50Ms: percentile(counter.latencies, 50),
    p99Ms: percentile(counter.latencies, 99),
    frames: counter.latencies.length,
    missing,
  }
}

/** Time until the last of the attachments is READY; they stay open until stdin closes. */
async function connect(p: LoadParameters): Promise<unknown> {
  const counter = new Counter()
  const started = performance.now()
  const open = await attachAll(p, counter)
  const ms = performance.now() - started
  await settled(counter)
  process.stdout.write(`${JSON.stringify({ connectedMs: ms, failures: counter.failures.slice(0, 3) })}\n`)
  await Bun.stdin.text()
  for (const attachment of open) attachment.close()
  return { closed: open.length }
}

/** Resolves when presence has calmed down: no frame for 1.5 s (it is sent at most once a second). */
async function settled(counter: Counter): Promise<void> {
  let last = -1
  while (last !== counter.frames) {
    last = counter.frames
    await Bun.sleep(1_500)
  }
}
