import { attachAll } from './attachments.ts'
import { messageBody } from './bodies.ts'
import { closedLoop, type ClosedLoopResult } from './closed-loop.ts'
import { type Completeness, FrameCounter } from './frame-counter.ts'
import { percentile } from './figures.ts'
import { openLoop, type OpenLoopSample } from './open-loop.ts'
import type { LoadParameters } from './parameters.ts'
import { encodePost } from './raw-http.ts'

const MESSAGES = '/v1/messages'

/** As many messages as `clients` get stored one after another. */
export function posts(p: LoadParameters): Promise<ClosedLoopResult> {
  const bodies = Array.from({ length: p.clients }, (_, client) =>
    Array.from({ length: p.rooms }, (__, room) =>
      encodePost(MESSAGES, messageBody({ from: `poster-${client}`, textBytes: p.textBytes, room })),
    ),
  )
  return closedLoop({
    ...p,
    expect: 202,
    request: (client, sequence) =>
      (bodies[client] as Uint8Array[])[(client + sequence) % p.rooms] as Uint8Array,
  })
}

/** The same bytes against a bare echo: the ceiling of generator and machine together. */
export function echo(p: LoadParameters): Promise<ClosedLoopResult> {
  const body = encodePost('/', messageBody({ from: 'poster-0', textBytes: p.textBytes }))
  return closedLoop({ ...p, expect: 200, request: () => body })
}

/** Percentiles of an open loop, from the intended send on. */
export interface OpenPostsResult extends Completeness {
  answered: number
  failed: number
  p50Ms: number
  p99Ms: number
  /** Until the frame was at each attachment; NaN without attachments. */
  frameP50Ms: number
  frameP99Ms: number
}

/** Posts at a fixed rate, heard by attachments that are in every room. */
export async function openPosts(p: LoadParameters): Promise<OpenPostsResult> {
  const counter = new FrameCounter()
  const attachments = await attachAll(p, counter)
  if (attachments.length > 0) await counter.calm()
  const frames: number[] = []
  const measuredFrom = performance.now() + p.warmupSeconds * 1000
  counter.onMessage = (text) => {
    const at = text.indexOf('sent=')
    const intended = Number(text.slice(at + 5, text.indexOf('=', at + 5)))
    if (intended >= measuredFrom) frames.push(performance.now() - intended)
  }
  const loop = await openLoop({
    ...p,
    expect: 202,
    request: (sequence, intended) =>
      encodePost(
        MESSAGES,
        messageBody({
          from: 'poster-0',
          textBytes: p.textBytes,
          room: sequence % p.rooms,
          text: `sent=${intended.toFixed(3)}=`,
        }),
      ),
  })
  const completeness = await counter.complete(attachments, loop.answered)
  for (const attachment of attachments) attachment.close()
  const times = loop.samples.map(({ ms }) => ms)
  return {
    ...completeness,
    answered: loop.answered,
    failed: loop.failed,
    p50Ms: percentile(times, 50),
    p99Ms: percentile(times, 99),
    frameP50Ms: percentile(frames, 50),
    frameP99Ms: percentile(frames, 99),
  }
}

/** The same rate against a bare echo: what is not the server's. */
export async function openEcho(p: LoadParameters): Promise<{ p50Ms: number; p99Ms: number }> {
  const body = encodePost('/', messageBody({ from: 'poster-0', textBytes: p.textBytes }))
  const { samples } = await openLoop({ ...p, expect: 200, request: () => body })
  const times = samples.map(({ ms }) => ms)
  return { p50Ms: percentile(times, 50), p99Ms: percentile(times, 99) }
}

/** Posts at a fixed rate, each with its time, for somebody who knows what happened when. */
export async function timedPosts(
  p: LoadParameters,
): Promise<{ samples: OpenLoopSample[]; answered: number; failed: number }> {
  const body = encodePost(MESSAGES, messageBody({ from: 'poster-0', textBytes: p.textBytes }))
  return openLoop({ ...p, expect: 202, request: () => body })
}
