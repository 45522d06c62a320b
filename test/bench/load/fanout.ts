import { attachAll, type LoadAttachment } from './attachments.ts'
import { messageBody } from './bodies.ts'
import { type Completeness, FrameCounter } from './frame-counter.ts'
import type { LoadParameters } from './parameters.ts'
import { encodePost, RawHttp } from './raw-http.ts'

/** Frames on their way, over all receivers, that posters allow before they wait. */
const FRAMES_UNDERWAY = 20_000
/** Messages on their way at least. */
const MESSAGES_UNDERWAY = 8

/** What a fan-out measured; every frame of every message must arrive. */
export interface FanoutResult extends Completeness {
  framesPerSecond: number
  posted: number
}

/** Frames per second to v1 attachments while posters keep the server busy. */
export function fanout(p: LoadParameters): Promise<FanoutResult> {
  return measureFanout(p, false)
}

/** Wakes per second to durable consumers: each is a row of the ledger, and ACKed. */
export function durable(p: LoadParameters): Promise<FanoutResult> {
  return measureFanout(p, true)
}

async function measureFanout(p: LoadParameters, isDurable: boolean): Promise<FanoutResult> {
  const counter = new FrameCounter()
  const open = await attachAll(p, counter, { durable: isDurable })
  await counter.calm()
  const started = performance.now()
  let measuredFrom = 0
  let measuredAt = 0
  const mark = setTimeout(() => {
    measuredFrom = counter.messages
    measuredAt = performance.now()
  }, p.warmupSeconds * 1000)
  const until = started + (p.warmupSeconds + p.seconds) * 1000
  const posted = await paced(p, { counter, receivers: open.length, until })
  clearTimeout(mark)
  const framesPerSecond = ((counter.messages - measuredFrom) * 1000) / (performance.now() - measuredAt)
  const completeness = await counter.complete(open, posted)
  close(open)
  return { framesPerSecond, posted, ...completeness }
}

/** What the generator itself can take from a server that does nothing but write. */
export async function ceiling(p: LoadParameters): Promise<{ framesPerSecond: number }> {
  const counter = new FrameCounter()
  const open = await attachAll(p, counter)
  await Bun.sleep(p.warmupSeconds * 1000)
  const from = counter.messages
  const started = performance.now()
  await Bun.sleep(p.seconds * 1000)
  const framesPerSecond = ((counter.messages - from) * 1000) / (performance.now() - started)
  close(open)
  return { framesPerSecond }
}

/** Posts as fast as the receivers take it: at most a few messages that not everybody has seen. */
async function paced(
  p: LoadParameters,
  o: { counter: FrameCounter; receivers: number; until: number },
): Promise<number> {
  const { counter, receivers, until } = o
  const start = counter.messages
  const window = Math.max(MESSAGES_UNDERWAY, Math.ceil(FRAMES_UNDERWAY / receivers))
  let posted = 0
  let answered = 0
  const request = encodePost('/v1/messages', messageBody({ from: 'poster-0', textBytes: p.textBytes }))
  await Promise.all(
    Array.from({ length: Math.min(p.clients, window) }, async () => {
      const connection = await RawHttp.connect(p.hostname, p.port)
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

function close(attachments: readonly LoadAttachment[]): void {
  for (const attachment of attachments) attachment.close()
}
