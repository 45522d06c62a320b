import { describe, expect, test } from 'bun:test'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { EventFrame, MessagePreview } from '@moltnet/protocol'
import { TestClock } from '../support/clock.ts'
import { messageOf, takeTurns } from '../support/guarded.ts'
import { guards } from '../support/guards.ts'
import { delivered, deliveries, stepsOf, wakesOf } from '../support/ledger.ts'
import { say, type SayOptions } from '../support/messages.ts'
import { attach, durable, type ReadySocket } from '../support/socket.ts'
import { startServer, type TestServer } from '../support/start-server.ts'
import { eventually } from '../support/wait.ts'

const ROOMS = [
  { id: 'general', members: ['alpha', 'beta', 'sender', 'other'] },
  { id: 'side', members: ['alpha', 'beta', 'sender', 'other'] },
]
const all = durable({ general: 'all', side: 'all' }, { dms: { enabled: true } })

interface Guarded {
  readonly server: TestServer
  readonly clock: TestClock
}

async function withGuards(
  keys: Record<string, number>,
  run: (o: Guarded) => Promise<void>,
  more: { folder?: string; delivery?: object } = {},
): Promise<void> {
  const clock = new TestClock()
  const { folder, ...config } = more
  await using server = await startServer({
    clock: clock.read,
    ...(folder !== undefined && { folder }),
    config: { rooms: ROOMS, guards: guards(keys), ...config },
  })
  await run({ server, clock })
}

/** Waits until a message's delivery to alpha waits for a guard. */
async function untilGuarded(server: TestServer, id: string, reason: string): Promise<void> {
  await eventually(async () => {
    const wake = (await deliveries(server, id))['alpha']
    return wake?.state === 'pending' && wake.reason === reason
  }, `${id} waits for ${reason}`)
}

/** A message in a thread of its own, so that it makes a turn of its own. */
const alone = async (server: TestServer, thread: string, o: SayOptions = {}) =>
  (await say(server, { thread, ...o })).message_id as string

describe('chain_soft', () => {
  test('lets the next wakes of a conversation wait, and go together', () =>
    withGuards({ chain_soft: 2 }, async ({ server, clock }) => {
      await using socket = await attach(server.url, { agent: 'alpha', consumer: all })
      const ids: string[] = []
      for (let n = 0; n < 5; n++) ids.push((await say(server)).message_id)
      expect(await takeTurns(socket, 2)).toEqual(ids.slice(0, 2))
      await untilGuarded(server, ids[2] as string, 'chain_soft')
      const [line] = Object.values(await deliveries(server, ids[2] as string))
      expect(line?.steps.at(-1)?.detail).toMatch(
        /^number 3 in a row from agent to agent without a human, the limit is 2; waits [12] s$/,
      )
      // Others are not damped.
      await say(server, { room: 'side' })
      await takeTurns(socket, 1)
      clock.jump(5)
      expect(await takeTurns(socket, 3)).toEqual(ids.slice(2))
      expect(stepsOf((await deliveries(server, ids[2] as string))['alpha'])).toEqual([
        'stored',
        'pending',
        'guarded',
        'sent',
        'turn_started',
        'turn_ended',
        'silent',
      ])
      // The sixth waits longer than the third did.
      const { message_id: later } = await say(server)
      await untilGuarded(server, later, 'chain_soft')
      clock.jump(10)
      await socket.allRead()
      await untilGuarded(server, later, 'chain_soft')
      clock.jump(10)
      expect(await takeTurns(socket, 1)).toEqual([later])
    }))

  test('a human takes everything that waits along', () =>
    withGuards({ chain_soft: 1 }, async ({ server }) => {
      await using socket = await attach(server.url, { agent: 'alpha', consumer: all })
      const ids: string[] = []
      for (let n = 0; n < 3; n++) ids.push((await say(server)).message_id)
      await takeTurns(socket, 1)
      await untilGuarded(server, ids[1] as string, 'chain_soft')
      const { message_id: human } = await say(server, { from: 'ann', human: true })
      expect(await takeTurns(socket, 3)).toEqual([...ids.slice(1), human])
    }))
})

test('guards are on without any setting', async () => {
  await using server = await startServer({ config: { rooms: ROOMS, guards: {} } })
  await using socket = await attach(server.url, { agent: 'alpha', consumer: all })
  const ids: string[] = []
  for (let n = 0; n < 31; n++) ids.push((await say(server)).message_id)
  expect(await takeTurns(socket, 10)).toEqual(ids.slice(0, 10))
  await untilGuarded(server, ids[10] as string, 'chain_soft')
  const last = await delivered(server, { id: ids[30] as string, agent: 'alpha', state: 'held' })
  expect(last).toMatchObject({ reason: 'guard' })
  expect(stepsOf((await deliveries(server, ids[29] as string))['alpha'])).not.toContain('held')
})

/** A limit of two turns: the third wake is kept through one jump of the clock and goes after another. Gives its message. */
async function thirdWaits(
  { server, clock }: Guarded,
  limit: { reason: string; tooShort: number; rest: number },
): Promise<string> {
  await using socket = await attach(server.url, { agent: 'alpha', consumer: all })
  const ids = [await alone(server, 't1'), await alone(server, 't2'), await alone(server, 't3')]
  const third = ids[2] as string
  expect(await takeTurns(socket, 2)).toEqual(ids.slice(0, 2))
  await untilGuarded(server, third, limit.reason)
  clock.jump(limit.tooShort)
  await socket.allRead()
  expect(socket.messageIds()).toEqual(ids.slice(0, 2))
  clock.jump(limit.rest)
  expect(await takeTurns(socket, 1)).toEqual([third])
  return third
}

describe('limits on turns', () => {
  test('a wake beyond the minute waits, is never lost, and goes when there is room', () =>
    withGuards({ turns_per_minute: 2 }, async (guarded) => {
      const id = await thirdWaits(guarded, { reason: 'turns_per_minute', tooShort: 30, rest: 32 })
      const line = await delivered(guarded.server, { id, agent: 'alpha', state: 'silent' })
      expect(line).toMatchObject({ attempts: 0, sends: 1 })
    }))

  test('the hour counts as well', () =>
    withGuards({ turns_per_hour: 2 }, async (guarded) => {
      await thirdWaits(guarded, { reason: 'turns_per_hour', tooShort: 3_000, rest: 700 })
    }))

  test('messages that go into one turn count once', () =>
    withGuards({ turns_per_minute: 2 }, async ({ server }) => {
      await using socket = await attach(server.url, { agent: 'alpha', consumer: all })
      const frames: EventFrame[] = []
      for (let n = 0; n < 3; n++) {
        await say(server)
        frames.push(await socket.event())
      }
      for (const frame of frames) socket.status(frame, 'turn_started')
      for (const frame of frames) {
        socket.status(frame, 'turn_ended')
        socket.ack(frame)
      }
      await socket.allRead()
      const second = await alone(server, 't1')
      expect(await takeTurns(socket, 1)).toEqual([second])
      await untilGuarded(server, await alone(server, 't2'), 'turns_per_minute')
      const body = {
        target: { kind: 'thread', room_id: 'general', thread_id: 't3' },
        from: { type: 'agent', id: 'sender' },
        parts: [{ kind: 'text', text: 'hello' }],
      }
      const preview = await server.json<MessagePreview>('/v1/messages/preview', { body })
      expect(preview.body.wakes).toMatchObject([{ outcome: 'guarded', reason: 'turns_per_minute' }])
    }))

  test('an ACK without a word about the turn counts as one', () =>
    withGuards({ turns_per_minute: 1 }, async ({ server }) => {
      await using socket = await attach(server.url, { agent: 'alpha', consumer: all })
      await say(server)
      socket.ack(await socket.event())
      await socket.allRead()
      await untilGuarded(server, await alone(server, 't1'), 'turns_per_minute')
    }))

  test('a wake that the node did not take costs no turn', () =>
    withGuards({ turns_per_minute: 1 }, async ({ server }) => {
      await using socket = await attach(server.url, { agent: 'alpha', consumer: all })
      await say(server)
      const first = await socket.event()
      const second = await alone(server, 't1')
      await untilGuarded(server, second, 'turns_per_minute')
      socket.nack(first, 'busy', { retry_after_ms: 60_000 })
      expect(messageOf(await socket.event())).toBe(second)
    }))

  test('humans always pass, and what they cause counts', () =>
    withGuards({ turns_per_minute: 1 }, async ({ server }) => {
      await using socket = await attach(server.url, { agent: 'alpha', consumer: all })
      for (let n = 0; n < 3; n++) {
        const id = await alone(server, `h${n}`, { from: 'ann', human: true })
        expect(await takeTurns(socket, 1)).toEqual([id])
      }
      await untilGuarded(server, await alone(server, 't1'), 'turns_per_minute')
    }))

  test('what stands before a human in a conversation goes with the human, in order', () =>
    withGuards({ turns_per_minute: 1 }, async ({ server }) => {
      await using socket = await attach(server.url, { agent: 'alpha', consumer: all })
      await say(server)
      await takeTurns(socket, 1)
      const { message_id: waiting } = await say(server)
      await untilGuarded(server, waiting, 'turns_per_minute')
      const { message_id: human } = await say(server, { from: 'ann', human: true })
      expect(await takeTurns(socket, 2)).toEqual([waiting, human])
    }))

  test('turns count over a restart of the server', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'moltnet-turns-'))
    try {
      await withGuards(
        { turns_per_minute: 2 },
        async ({ server }) => {
          await using socket = await attach(server.url, { agent: 'alpha', consumer: all })
          await alone(server, 't1')
          await alone(server, 't2')
          const taken = await takeTurns(socket, 2)
          await delivered(server, { id: taken[1] as string, agent: 'alpha', state: 'silent' })
        },
        { folder },
      )
      await withGuards(
        { turns_per_minute: 2 },
        async ({ server, clock }) => {
          await using socket = await attach(server.url, { agent: 'alpha', consumer: all })
          const third = await alone(server, 't3')
          await untilGuarded(server, third, 'turns_per_minute')
          clock.jump(62)
          expect(await takeTurns(socket, 1)).toEqual([third])
        },
        { folder },
      )
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  })

  test('a wake that waited for turns does not grow too old by that', () =>
    withGuards(
      { turns_per_hour: 1 },
      async ({ server, clock }) => {
        await using socket = await attach(server.url, { agent: 'alpha', consumer: all })
        const ids = [await alone(server, 't1')]
        await takeTurns(socket, 1)
        ids.push((await say(server)).message_id, (await say(server)).message_id)
        await untilGuarded(server, ids[1] as string, 'turns_per_hour')
        clock.jump(3_700)
        expect(await takeTurns(socket, 1)).toEqual(ids.slice(1, 2))
        await socket.allRead()
        clock.jump(3_700)
        expect(await takeTurns(socket, 1)).toEqual(ids.slice(2))
      },
      { delivery: { expire_other: '30m' } },
    ))

  test("a node may make its agent's limits stricter, and not looser", async () =>
    withGuards({ turns_per_minute: 2 }, async ({ server }) => {
      const wanting = (turns_per_minute: number) =>
        durable({ general: 'all' }, { guards: { turns_per_minute } })
      await using strict = await attach(server.url, { agent: 'alpha', consumer: wanting(1) })
      await using loose = await attach(server.url, { agent: 'beta', consumer: wanting(9) })
      for (const thread of ['t1', 't2', 't3']) await alone(server, thread)
      await takeTurns(strict, 1)
      await takeTurns(loose, 2)
      const waiting = async (agent: string) =>
        (await wakesOf(server, `/v1/agents/${agent}/wakes?state=pending`)).length
      await eventually(async () => (await waiting('alpha')) === 2, 'two wait for alpha')
      await eventually(async () => (await waiting('beta')) === 1, 'one waits for beta')
    }))

  test('nobody uses up the turns that are there for others', () =>
    withGuards({ turns_per_minute: 16 }, async ({ server }) => {
      await using socket = await attach(server.url, { agent: 'alpha', consumer: all })
      const flood: string[] = []
      for (let n = 0; n < 30; n++) flood.push(await alone(server, `f${n}`))
      // An eighth of sixteen is kept for others.
      expect(await takeTurns(socket, 14)).toEqual(flood.slice(0, 14))
      await untilGuarded(server, flood[14] as string, 'turns_per_minute')
      const { message_id: other } = await say(server, {
        from: 'other',
        dm: { id: 'dm_other', with: ['alpha'] },
      })
      expect(await takeTurns(socket, 1)).toEqual([other])
    }))

  test('of those who wait, whoever had fewer turns goes first', () =>
    withGuards({ turns_per_minute: 2 }, async ({ server, clock }) => {
      await using socket = await attach(server.url, { agent: 'alpha', consumer: all })
      const flood: string[] = []
      for (let n = 0; n < 6; n++) flood.push(await alone(server, `f${n}`))
      await takeTurns(socket, 2)
      const other = await alone(server, 'o1', { from: 'other' })
      await untilGuarded(server, other, 'turns_per_minute')
      clock.jump(62)
      expect((await takeTurns(socket, 2))[0]).toBe(other)
    }))

  test('bounds a loop that hops from one conversation to another', () =>
    withGuards({ turns_per_minute: 3 }, async ({ server }) => {
      await using alpha = await attach(server.url, { agent: 'alpha', consumer: all })
      await using beta = await attach(server.url, { agent: 'beta', consumer: durable({ side: 'all' }) })
      let hops = 0
      const hop = async (socket: ReadySocket, from: string, to: SayOptions) => {
        await takeTurns(socket, 1)
        hops += 1
        await say(server, { from, ...to })
      }
      await say(server, { thread: 'hop0' })
      for (let n = 0; n < 3; n++) {
        await hop(alpha, 'alpha', { room: 'side', thread: `to${n}` })
        await hop(beta, 'beta', { thread: `back${n}` })
      }
      await eventually(
        async () => (await wakesOf(server, '/v1/agents/alpha/wakes?state=pending')).length > 0,
        'alpha must wait',
      )
      expect(hops).toBe(6)
    }))
})

test('room changes, presence and ends of wakes never wake anybody', () =>
  withGuards({}, async ({ server }) => {
    await using socket = await attach(server.url, { agent: 'alpha', consumer: all })
    await using _beta = await attach(server.url, { agent: 'beta', consumer: all })
    const { status } = await server.json('/v1/rooms/general/members', {
      method: 'PATCH',
      body: { add: ['delta'] },
    })
    expect(status).toBe(200)
    await say(server, { from: 'alpha', text: '@alpha @beta @delta' })
    const { message_id: last } = await say(server, { from: 'ann', human: true, text: '@alpha' })
    expect(await takeTurns(socket, 1)).toEqual([last])
    await delivered(server, { id: last, agent: 'alpha', state: 'silent' })
    expect(
      (await wakesOf(server, '/v1/agents/alpha/wakes')).map((wake) => wake.message_id as string),
    ).toEqual([last])
  }))
