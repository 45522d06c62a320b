import { afterEach, describe, expect, test } from 'bun:test'
import { heapStats } from 'bun:jsc'
import { writeFileSync } from 'node:fs'
import type { EventFrame, Message } from '@moltnet/protocol'
import { faultText } from '../src/index.ts'
import type { RunningNode } from '../src/index.ts'
import type { FakeSocket } from './support/fake-server.ts'
import { acked, framesOf, nacked, thread } from './support/fake-server.ts'
import { Harness } from './support/harness.ts'
import { endNodes, spawnNode } from './support/node-child.ts'
import { logged } from './support/runtime.ts'
import { until } from './support/temp.ts'

/** What a session is told once. */
const BOOTSTRAP = 'A Moltnet conversation is attached to this session.'

/**
 * A kind of runtime as a fake that behaves like the real one: a program, or a server in a process of its
 * own. It obeys the directives of `support/fake-model.ts` and notes in the run log each `prompt` that it
 * got (`{ prompt }`), the `session` it used (`{ id, how: 'begun' | 'resumed' }`) and when it is `thinking`.
 */
export interface ContractRuntime {
  /** Name of the tests. */
  name: string
  /** Makes the runtime ready in a harness; a program goes into its PATH. */
  open(harness: Harness): Promise<RuntimeScene> | RuntimeScene
  /** Whether the last text of a turn comes back. */
  hasText: boolean
  /** A flood takes the place of the text, because both come the same way. */
  floodHidesText?: boolean
  /** Whether the runtime keeps sessions of its own, which it then can lose. */
  hasSessions: boolean
  /** A turn goes on when the node dies, and the next node finds it again. */
  outlivesNode?: boolean
  /** The agent does one thing at a time, in one session for all conversations, and cannot be stopped. */
  oneByOne?: boolean
  /** What a failed turn is reported with; the model's own words when left out. */
  failure?: string
  /** What a runtime that dies in the middle of a turn is reported as. */
  crash: 'failed' | 'unavailable'
  /** What is said when the runtime is not there. */
  missing: RegExp
  /** Version that the fake tells when it is looked at. */
  version?: string
}

/** The runtime of one test. */
export interface RuntimeScene {
  /** `runtime` of the attachment. */
  runtime: Record<string, unknown>
  /** Makes it unreachable: not installed, or stopped with all it runs. Sessions are kept. */
  stop(): Promise<void> | void
  /** Brings it back, at the same place. */
  start(): Promise<void> | void
  /** Makes it forget all sessions, as if its files were removed while it does not run. */
  loseSessions(): Promise<void> | void
  /** Ends what the test started. */
  close(): Promise<void> | void
}

interface Stage extends AsyncDisposable {
  harness: Harness
  node: RunningNode
  scene: RuntimeScene
  socket: FakeSocket
  attachment: Record<string, unknown>
  /** Sends a message that wakes. */
  wake(text: string, more?: Parameters<Harness['server']['message']>[1]): EventFrame
  /** Prompts that the runtime got so far. */
  prompts(): string[]
  /** Path of a file for `@wait=`, and what creates it. */
  gate: string
  openGate(): void
}

/** What every adapter must do, seen from the network: node, adapter and runtime work together. */
export function describeAdapter(kind: ContractRuntime): void {
  const stage = (more: Record<string, unknown> = {}) => setStage(kind, more)

  describe(`${kind.name} keeps the contract of adapters`, () => {
    afterEach(endNodes)

    test('a first message is delivered: started, ended, ACK', async () => {
      await using on = await stage({ final_text: 'publish' })
      const event = on.wake('hello @say:answer one')
      await acked(on.socket, event)
      expect(on.prompts()).toEqual([expect.stringContaining('hello @say:answer one')])
      expect(on.prompts()[0]).toContain(`Message ID: ${messageId(event)}\n`)
      expect(on.prompts()[0]).toContain(BOOTSTRAP)
      expect(on.socket.frames.filter((frame) => frame.op !== 'IDENTIFY')).toMatchObject([
        { op: 'STATUS', cursor: event.cursor, state: 'turn_started' },
        { op: 'STATUS', cursor: event.cursor, state: 'turn_ended', detail: { outcome: 'delivered' } },
        { op: 'ACK', cursor: event.cursor },
      ])
      const texts = on.harness.server.posted.map((body) => body.parts)
      expect(texts).toEqual(kind.hasText ? [[{ kind: 'text', text: 'answer one' }]] : [])
    })

    test('the next message goes on in the same session, without the bootstrap', async () => {
      await using on = await stage()
      await acked(on.socket, on.wake('one'))
      await acked(on.socket, on.wake('two'))
      expect(on.prompts().map((prompt) => prompt.includes(BOOTSTRAP))).toEqual([true, false])
      expect(new Set(sessionsOf(on)).size).toBe(1)
    })

    test.skipIf(kind.oneByOne === true)(
      'another conversation has a session of its own, side by side',
      async () => {
        await using on = await stage()
        const slow = on.wake(`@wait=${on.gate}`)
        await on.harness.thinking()
        await acked(on.socket, on.wake('in a thread', { target: thread('t1') }))
        expect(framesOf(on.socket, 'ACK')).toHaveLength(1)
        on.openGate()
        await acked(on.socket, slow)
        expect(new Set(sessionsOf(on)).size).toBe(2)
      },
    )

    test('messages during a turn wait and go into the next one, none lost, in order', async () => {
      await using on = await stage()
      const first = on.wake(`first @wait=${on.gate}`)
      await on.harness.thinking()
      const later = ['second', 'third', 'fourth'].map((text) => on.wake(text))
      await acked(on.socket, ownWords(on))
      expect(on.prompts()).toHaveLength(1)
      on.openGate()
      await acked(on.socket, first, ...later)
      expect(on.prompts()).toHaveLength(2)
      const ids = [...(on.prompts()[1] ?? '').matchAll(/^Message ID: (.*)$/gm)].map((match) => match[1])
      expect(ids).toEqual(later.map(messageId))
    })

    test('a failure is a NACK with its reason, and the message may come again', async () => {
      await using on = await stage()
      const event = on.wake('@fail')
      expect(await nacked(on.socket, event)).toMatchObject({
        reason: 'failed',
        error: expect.stringContaining(kind.failure ?? 'the model refused'),
      })
      await ackedBehindReturned(on, 'and now')
    })

    test('a turn over its time limit is ended and NACKed as a timeout; the next one goes well', async () => {
      await using on = await stage({ turn_timeout: '1s' })
      const event = on.wake(`@wait=${on.gate}`)
      expect(await nacked(on.socket, event)).toMatchObject({ reason: 'timeout' })
      if (kind.oneByOne) on.openGate()
      await ackedBehindReturned(on, 'and now')
    }, 20_000)

    test('a runtime that dies in a turn gives a NACK; the message comes again and is answered', async () => {
      await using on = await stage()
      const message = on.harness.server.message('@crash')
      expect(await nacked(on.socket, on.socket.wake(message))).toMatchObject({ reason: kind.crash })
      await on.scene.stop()
      await on.scene.start()
      const healed = { ...message, parts: [{ kind: 'text' as const, text: 'healed' }] }
      await acked(on.socket, on.socket.wake(healed, { redelivered: true, attempt: 2 }))
    })

    test('a flood of output is read to the end and keeps no memory', async () => {
      await using on = await stage({ final_text: 'publish' })
      const before = memoryInUse()
      const event = on.wake('@flood=100000000 @say:after the flood')
      await acked(on.socket, event)
      expect(memoryInUse() - before).toBeLessThan(20_000_000)
      if (kind.hasText && !kind.floodHidesText) {
        expect(on.harness.server.posted.map((body) => JSON.stringify(body.parts))).toEqual([
          expect.stringContaining('after the flood'),
        ])
      }
    }, 60_000)

    test('a runtime that is started again goes on in the same session', async () => {
      await using on = await stage()
      await acked(on.socket, on.wake('one'))
      await on.scene.stop()
      await on.scene.start()
      await acked(on.socket, on.wake('two'))
      expect(on.prompts().map((prompt) => prompt.includes(BOOTSTRAP))).toEqual([true, false])
      expect(new Set(sessionsOf(on)).size).toBe(1)
    })

    test('a runtime that is not there is unavailable, says what helps, and has begun nothing', async () => {
      await using on = await stage()
      await on.scene.stop()
      const event = on.wake('anybody?')
      const nack = await nacked(on.socket, event)
      expect(nack).toMatchObject({ reason: 'unavailable', error: expect.stringMatching(kind.missing) })
      expect(framesOf(on.socket, 'STATUS')).toEqual([])
      await on.scene.start()
      await ackedBehindReturned(on, 'now?')
    })

    test('a look finds that it is there, that it is not and what helps, and that it is back', async () => {
      await using on = await stage()
      const found = (state: RegExp) =>
        until(`a runtime that is ${state}`, async () => {
          const { runtime } = (await on.node.report()).attachments[0] ?? {}
          return runtime !== undefined && state.test(runtime.state) && runtime
        })
      expect((await found(/^ready$/)).version).toBe(kind.version)
      await on.scene.stop()
      const { problem = '', fix = '' } = await found(/^(missing|unreachable)$/)
      expect(faultText({ problem, fix })).toMatch(kind.missing)
      await on.scene.start()
      expect((await found(/^ready$/)).version).toBe(kind.version)
      expect(on.prompts()).toEqual([])
      expect(sessionsOf(on)).toEqual([])
    }, 30_000)

    test.skipIf(!kind.hasSessions)('a session that the runtime has lost is begun anew', async () => {
      await using on = await stage()
      await acked(on.socket, on.wake('one'))
      await on.scene.stop()
      await on.scene.loseSessions()
      await on.scene.start()
      await acked(on.socket, on.wake('two'))
      expect(logged(on.harness.folder, 'session').map((line) => line.how)).toEqual(['begun', 'begun'])
      await acked(on.socket, on.wake('three'))
      const told = on.prompts().map((prompt) => prompt.includes(BOOTSTRAP))
      expect(told.slice(1)).toContain(true)
    })

    test('a message that comes twice costs one turn', async () => {
      await using on = await stage()
      const message = on.harness.server.message(`@wait=${on.gate}`)
      on.socket.wake(message)
      await on.harness.thinking()
      const again = on.socket.wake(message, { redelivered: true, attempt: 2 })
      on.openGate()
      await acked(on.socket, again)
      await acked(on.socket, on.socket.wake(message, { redelivered: true, attempt: 3 }))
      expect(on.prompts()).toHaveLength(1)
    })

    test('a node that is killed in a turn is followed by one that runs the message again', async () => {
      await using on = await stage({})
      await on.harness.stopNodes()
      const { node, socket } = await spawnNode(on.harness, on.attachment)
      const message = on.harness.server.message(`@wait=${on.gate}`)
      socket.wake(message)
      await on.harness.thinking()
      node.kill('SIGKILL')
      await node.exited
      on.openGate()
      const { socket: second } = await spawnNode(on.harness, on.attachment)
      await acked(second, second.wake(message, { redelivered: true, attempt: 2 }))
      expect(on.prompts().at(-1)).toContain(`Message ID: ${message.id}\n`)
      expect(logged(on.harness.folder, 'thinking')).toHaveLength(kind.outlivesNode ? 1 : 2)
    }, 20_000)
  })
}

async function setStage(kind: ContractRuntime, more: Record<string, unknown>): Promise<Stage> {
  const harness = new Harness()
  try {
    const scene = await kind.open(harness)
    const attachment = {
      agent: { id: 'alpha', name: 'Alpha' },
      runtime: scene.runtime,
      rooms: [{ id: 'general' }],
      final_text: 'hold',
      ...more,
    }
    const { node, socket } = await harness.attach(attachment)
    const gate = harness.folder.join('gate')
    return {
      harness,
      node,
      scene,
      socket,
      attachment,
      wake: (text, rest) => socket.wake(harness.server.message(text, rest)),
      prompts: () => logged(harness.folder, 'prompt').map((line) => line.prompt ?? ''),
      gate,
      openGate: () => writeFileSync(gate, ''),
      async [Symbol.asyncDispose]() {
        writeFileSync(gate, '')
        await harness.stopNodes()
        await endNodes()
        await scene.close()
        await harness[Symbol.asyncDispose]()
      },
    }
  } catch (error) {
    await harness[Symbol.asyncDispose]()
    throw error
  }
}

/**
 * A message behind one that went back: the server may have sent it before it knew, so it goes back once, and
 * is sent again.
 */
async function ackedBehindReturned({ harness, socket }: Stage, text: string): Promise<void> {
  const message = harness.server.message(text)
  await nacked(socket, socket.wake(message))
  await acked(socket, socket.wake(message, { redelivered: true }))
}

/** An event that wakes nobody: once it is ACKed the node has seen all that came before it. */
function ownWords({ harness, socket }: Stage): EventFrame {
  const from = { type: 'agent', id: 'alpha', network_id: harness.server.networkId } as Message['from']
  return socket.wake(harness.server.message('my own words', { from }))
}

/** Bytes that are held after a collection. */
function memoryInUse(): number {
  Bun.gc(true)
  const { heapSize, extraMemorySize } = heapStats()
  return heapSize + extraMemorySize
}

function sessionsOf({ harness }: Stage): (string | undefined)[] {
  return logged(harness.folder, 'session').map((line) => line.id)
}

function messageId({ event }: EventFrame): string {
  if (event.type !== 'message.created') throw new Error(`${event.type} has no message`)
  return event.message.id
}
