import { afterAll, beforeAll, expect, test } from 'bun:test'
import { ClientFrame } from '@moltnet/protocol'
import fc from 'fast-check'
import { z } from 'zod'
import { AttachPeer, identify, VERSION } from '../conformance/peers/attach.ts'
import { type OwnServer } from '../conformance/own/server.ts'
import type { Schema } from './document.ts'
import { valuesOf } from './values.ts'
import { startPopulated } from './world.ts'

/** Sockets of one run, each with a handful of frames. */
const SOCKETS = Number(process.env['MOLTNET_TEST_FUZZ_SOCKETS'] ?? 400)
const SEED = process.env['MOLTNET_TEST_FUZZ_SEED']

/** Ways to go: normally, by the rules of the protocol, or because a frame was too big. */
const CLOSE_CODES = ['1000', '1008', '1009']

const schema = z.toJSONSchema(ClientFrame, { io: 'input', unrepresentable: 'any' }) as Schema
const frame = valuesOf({ operations: [], schemas: {} }, schema).map((value) =>
  // A version that is off ends the socket before anything else is looked at.
  JSON.stringify(typeof value === 'object' && value !== null ? { ...value, version: VERSION } : value),
)
const text = fc.oneof(
  { weight: 12, arbitrary: frame },
  { weight: 1, arbitrary: frame.chain((whole) => fc.nat(whole.length).map((at) => whole.slice(0, at))) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 40 }).map((junk) => junk.toWellFormed()) },
)
const consumer = fc.option(
  fc.record({
    durable: fc.constant(true),
    rooms: fc.array(
      fc.record({
        id: fc.constantFrom('general', 'open', 'club', 'nowhere'),
        wake: fc.constantFrom('all', 'mentions', 'thread_only', 'never'),
      }),
      { maxLength: 3 },
    ),
  }),
  { nil: undefined },
)
const cursor = fc.constantFrom(undefined, undefined, 'evt_never_was', 'evt_00000000.1', '')

let own: OwnServer
beforeAll(async () => {
  own = await startPopulated('none')
})
afterAll(() => own[Symbol.asyncDispose]())

test(`whatever frames come, each of ${SOCKETS} sockets lives on or ends by the protocol`, async () => {
  let lived = 0
  let sockets = 0
  await fc.assert(
    fc.asyncProperty(fc.array(text, { maxLength: 8 }), consumer, cursor, async (frames, durable, from) => {
      const { networkId, baseUrl } = own.target
      await using socket = await AttachPeer.open(baseUrl)
      const agentId = `fuzz-${sockets++}`
      socket.send({ ...identify({ networkId, agentId }), consumer: durable, cursor: from })
      for (const each of frames) socket.send(each)
      socket.send({ op: 'PING', version: VERSION })
      await socket.op('PONG', 'PONG').then(
        () => lived++,
        () => {
          expect(CLOSE_CODES).toContain(socket.frames.closed as string)
          const error = socket.frames.all.find(({ op }) => op === 'ERROR')
          expect(error?.['code']).not.toBe('internal_error')
        },
      )
    }),
    { numRuns: SOCKETS, ...(SEED === undefined ? {} : { seed: Number(SEED) }) },
  )
  expect((await fetch(`${own.target.baseUrl}/readyz`)).status).toBe(200)
  expect(lived).toBeGreaterThan(0)
  expect(lived).toBeLessThan(SOCKETS)
}, 120_000)
