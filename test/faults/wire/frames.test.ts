import { expect } from 'bun:test'
import { LIMITS } from '@moltnet/protocol'
import { identify } from '../../conformance/peers/attach.ts'
import { until } from '../../support/condition.ts'
import { TEST_NETWORK } from '../../support/network.ts'
import { fault } from '../fault.ts'
import { World } from '../harness/world.ts'
import { OPCODES, type RawFrame, RawWebSocket } from './raw-web-socket.ts'

const { continuation, text, ping, pong } = OPCODES

/**
 * Frames that break the rules of WebSocket, and the code that such a connection is closed with. When bytes
 * are still on their way the code may get lost with the connection (1006).
 */
const BROKEN: readonly { what: string; frames: readonly RawFrame[]; codes: readonly number[] }[] = [
  { what: 'no mask', frames: [{ opcode: text, payload: '{}', isMasked: false }], codes: [1002] },
  { what: 'nothing to continue', frames: [{ opcode: continuation, payload: '{}' }], codes: [1002] },
  {
    what: 'a message within a message',
    frames: [
      { opcode: text, payload: '{', isLast: false },
      { opcode: text, payload: '}' },
    ],
    codes: [1002],
  },
  { what: 'a long ping', frames: [{ opcode: ping, payload: 'x'.repeat(126) }], codes: [1002] },
  { what: 'an unknown opcode', frames: [{ opcode: 3, payload: 'x' }], codes: [1002] },
  { what: 'no UTF-8', frames: [{ opcode: text, payload: new Uint8Array([0xff]) }], codes: [1007] },
  {
    what: 'a frame that is too big',
    frames: [{ opcode: text, payload: 'x'.repeat(LIMITS.frameBytes + 1) }],
    codes: [1009, 1006],
  },
  {
    what: 'a message that grows too big in pieces',
    frames: Array.from({ length: 20 }, (_, at) => ({
      opcode: at === 0 ? text : continuation,
      payload: 'x'.repeat(LIMITS.frameBytes / 16),
      isLast: false,
    })),
    codes: [1009, 1006],
  },
]

fault(
  {
    id: 'frames-broken',
    about:
      'unmasked, torn, endless and oversized frames: that connection ends by the protocol, no other does',
    rounds: { ci: 3, full: 30 },
    roundMs: 20_000,
  },
  async ({ rounds, seed }) => {
    await using world = await World.start({ seed })
    const ends: Record<string, number> = {}
    for (let round = 0; round < rounds; round++) {
      for (const { what, frames, codes } of BROKEN) {
        using socket = await RawWebSocket.open(world.url)
        socket.write(...frames)
        const code = await until(() => socket.closed, `the end of a connection with ${what}`)
        expect([what, codes.includes(code)]).toEqual([what, true])
        ends[`closed with ${code}`] = (ends[`closed with ${code}`] ?? 0) + 1
      }
      await world.progress(20)
    }
    return { counts: await world.finish(), figures: ends }
  },
)

fault(
  {
    id: 'frames-fragmented',
    about: 'IDENTIFY byte by byte, with pings between the pieces: the attachment becomes ready',
    rounds: { ci: 3, full: 30 },
    roundMs: 20_000,
  },
  async ({ rounds, seed }) => {
    await using world = await World.start({ seed })
    for (let round = 0; round < rounds; round++) {
      using socket = await RawWebSocket.open(world.url)
      const whole = JSON.stringify(identify({ networkId: TEST_NETWORK, agentId: `pieces-${round}` }))
      for (const [at, character] of whole.split('').entries()) {
        const piece = { opcode: at === 0 ? text : continuation, payload: character }
        socket.write({ ...piece, isLast: at === whole.length - 1 }, { opcode: ping, payload: String(at) })
      }
      await until(() => socket.texts.some((frame) => frame.includes('"READY"')), 'READY')
      await until(() => socket.pongs === whole.length, 'every ping is answered')
      await world.progress(20)
    }
    return { counts: await world.finish(), figures: { attached: rounds } }
  },
)

/** Pings of one flood. */
const PINGS = 20_000

fault(
  {
    id: 'ping-flood',
    about: `${PINGS} pings and as many pongs at once: answered, and everybody else goes on`,
    rounds: { ci: 2, full: 20 },
    roundMs: 30_000,
  },
  async ({ rounds, seed }) => {
    await using world = await World.start({ seed })
    let longestMs = 0
    for (let round = 0; round < rounds; round++) {
      using socket = await RawWebSocket.open(world.url)
      for (let sent = 0; sent < PINGS; sent += 1_000) {
        socket.write(...Array.from({ length: 1_000 }, () => ({ opcode: ping, payload: 'x'.repeat(100) })))
        socket.write(...Array.from({ length: 1_000 }, () => ({ opcode: pong, payload: '' })))
      }
      const asked = performance.now()
      expect(await world.client.ready()).toEqual({ status: 'ready' })
      longestMs = Math.max(longestMs, performance.now() - asked)
      await until(() => socket.pongs === PINGS || socket.closed !== undefined, 'the flood is over')
      await world.progress(20)
    }
    return {
      counts: await world.finish(),
      figures: { 'longest answer of another connection, ms': Math.round(longestMs) },
    }
  },
)
