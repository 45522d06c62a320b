import { describe, expect, test } from 'bun:test'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Wake } from '@moltnet/protocol'
import { TestClock } from '../support/clock.ts'
import { delivered, deliveries, stepsOf, wakesOf } from '../support/ledger.ts'
import { say } from '../support/messages.ts'
import { attach, type TestSocket } from '../support/socket.ts'
import { type StartOptions, startServer, type TestServer } from '../support/start-server.ts'
import { eventually } from '../support/wait.ts'

const ROOMS = [
  { id: 'general', members: ['alpha', 'beta', 'sender'] },
  { id: 'side', members: ['alpha', 'beta', 'sender'] },
]
const approving = {
  durable: true,
  rooms: [
    { id: 'general', wake: 'all', approval: true },
    { id: 'side', wake: 'all' },
  ],
}

async function withServer(
  run: (server: TestServer) => Promise<void>,
  options: StartOptions = {},
): Promise<void> {
  await using server = await startServer({ ...options, config: { rooms: ROOMS, ...options.config } })
  await run(server)
}

const held = (server: TestServer) => wakesOf(server, '/v1/wakes?state=held')

/** Waits until these messages, and no others, are held; resolves with their wakes. */
async function untilHeld(server: TestServer, ids: readonly string[]): Promise<Wake[]> {
  let wakes: Wake[] = []
  await eventually(async () => {
    wakes = await held(server)
    return wakes.map((wake) => wake.message_id as string).join() === ids.join()
  }, `${ids.join()} are held`)
  return wakes
}

async function operate(server: TestServer, wake: Wake | undefined, action: string): Promise<Wake> {
  const { status, body } = await server.json<Wake>(`/v1/wakes/${wake?.id}/${action}`, { method: 'POST' })
  if (status !== 200) throw new Error(`${action}: ${status} ${JSON.stringify(body)}`)
  return body
}

async function take(socket: TestSocket, count: number): Promise<string[]> {
  const ids: string[] = []
  while (ids.length < count) {
    const { event } = await socket.event('message.created')
    if (event.type === 'message.created') ids.push(event.message.id)
  }
  return ids
}

async function sayAll(server: TestServer, ids: readonly string[], room = 'general'): Promise<void> {
  for (const id of ids) await say(server, { id, room })
}

describe('a conversation that needs approval', () => {
  test('is accepted in READY, and its wakes wait for an operator while others go', () =>
    withServer(async (server) => {
      await using socket = await attach(server.url, { agent: 'alpha', consumer: approving })
      expect(socket.ready.consumer).toEqual({ durable: true, pending: 0, rejected: [] })
      await sayAll(server, ['m1'])
      await sayAll(server, ['free'], 'side')
      expect(await take(socket, 1)).toEqual(['free'])
      const [wake] = await untilHeld(server, ['m1'])
      expect(wake).toMatchObject({ agent_id: 'alpha', state: 'held', reason: 'approval', sends: 0 })
      expect(await operate(server, wake, 'approve')).toMatchObject({ id: wake?.id as string })
      expect(await take(socket, 1)).toEqual(['m1'])
      expect(stepsOf((await deliveries(server, 'm1'))['alpha'])).toEqual([
        'stored',
        'pending',
        'held',
        'approved',
        'sent',
      ])
    }))

  test('releases in order, whatever the order of approving', () =>
    withServer(async (server) => {
      await using socket = await attach(server.url, { agent: 'alpha', consumer: approving })
      await sayAll(server, ['m1', 'm2', 'm3'])
      const [first, second, third] = await untilHeld(server, ['m1', 'm2', 'm3'])
      await operate(server, third, 'approve')
      await operate(server, second, 'approve')
      await sayAll(server, ['free'], 'side')
      expect(await take(socket, 1)).toEqual(['free'])
      await operate(server, first, 'approve')
      expect(await take(socket, 3)).toEqual(['m1', 'm2', 'm3'])
    }))

  test('a dismissed wake never comes, and can be delivered after all', () =>
    withServer(async (server) => {
      await using socket = await attach(server.url, { agent: 'alpha', consumer: approving })
      await sayAll(server, ['m1', 'm2'])
      const [first, second] = await untilHeld(server, ['m1', 'm2'])
      expect(await operate(server, first, 'dismiss')).toMatchObject({ state: 'dismissed' })
      await operate(server, second, 'approve')
      expect(await take(socket, 1)).toEqual(['m2'])
      for (const action of ['approve', 'dismiss'])
        expect((await server.json(`/v1/wakes/${first?.id}/${action}`, { method: 'POST' })).status).toBe(409)
      await operate(server, first, 'retry')
      expect(await take(socket, 1)).toEqual(['m1'])
    }))

  test('shows its wakes while the agent is away, and delivers what was approved when it is back', () =>
    withServer(async (server) => {
      await (await attach(server.url, { agent: 'alpha', consumer: approving })).close()
      await sayAll(server, ['m1', 'm2', 'm3'])
      await sayAll(server, ['free'], 'side')
      const [first, second] = await untilHeld(server, ['m1', 'm2', 'm3'])
      expect((await deliveries(server, 'free'))['alpha']).toMatchObject({ state: 'stored' })
      await operate(server, first, 'approve')
      expect(await operate(server, second, 'dismiss')).toMatchObject({ state: 'dismissed' })
      await using socket = await attach(server.url, { agent: 'alpha', consumer: approving })
      expect((await take(socket, 2)).toSorted()).toEqual(['free', 'm1'])
      await untilHeld(server, ['m3'])
    }))

  test('keeps its held wakes over restarts, with the agent away or there', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'moltnet-approvals-'))
    try {
      await withServer(
        async (server) => {
          const socket = await attach(server.url, { agent: 'alpha', consumer: approving })
          await sayAll(server, ['m1'])
          await untilHeld(server, ['m1'])
          await socket.close()
          await sayAll(server, ['m2'])
          await untilHeld(server, ['m1', 'm2'])
        },
        { folder },
      )
      await withServer(
        async (server) => {
          await sayAll(server, ['m3'])
          const [, second] = await untilHeld(server, ['m1', 'm2', 'm3'])
          await operate(server, second, 'dismiss')
        },
        { folder },
      )
      await withServer(
        async (server) => {
          await using socket = await attach(server.url, { agent: 'alpha', consumer: approving })
          for (const wake of await untilHeld(server, ['m1', 'm3'])) await operate(server, wake, 'approve')
          expect(await take(socket, 2)).toEqual(['m1', 'm3'])
        },
        { folder },
      )
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  })

  test('a wake that waited longer than it may be late is still delivered when it is approved', async () => {
    const clock = new TestClock()
    await withServer(
      async (server) => {
        await using socket = await attach(server.url, { agent: 'alpha', consumer: approving })
        await sayAll(server, ['m1'])
        const [wake] = await untilHeld(server, ['m1'])
        clock.jump(3 * 86_400)
        await operate(server, wake, 'approve')
        expect(await take(socket, 1)).toEqual(['m1'])
      },
      { clock: clock.read },
    )
  })

  test('direct messages are held like rooms', () =>
    withServer(async (server) => {
      const consumer = { durable: true, rooms: [], dms: { enabled: true, approval: true } }
      await using socket = await attach(server.url, { agent: 'alpha', consumer })
      expect(socket.ready.consumer?.rejected).toEqual([])
      await say(server, { id: 'm1', dm: { id: 'dm_one', with: ['alpha'] } })
      const [wake] = await untilHeld(server, ['m1'])
      expect(wake).toMatchObject({ cause: 'dm' })
      await operate(server, wake, 'approve')
      expect(await take(socket, 1)).toEqual(['m1'])
    }))

  test('approval that comes later holds what comes later; what was held before stays held', () =>
    withServer(async (server) => {
      const plain = { durable: true, rooms: [{ id: 'general', wake: 'all' }] }
      await (await attach(server.url, { agent: 'alpha', consumer: approving })).close()
      await sayAll(server, ['m1'])
      await untilHeld(server, ['m1'])
      await using socket = await attach(server.url, { agent: 'alpha', consumer: plain })
      await sayAll(server, ['m2'])
      const [wake] = await untilHeld(server, ['m1'])
      await operate(server, wake, 'approve')
      expect(await take(socket, 2)).toEqual(['m1', 'm2'])
    }))
})

describe('operating on wakes', () => {
  test('a dead wake is delivered after all, and starts with no failures', () =>
    withServer(
      async (server) => {
        const consumer = { durable: true, rooms: [{ id: 'side', wake: 'all' }] }
        await using socket = await attach(server.url, { agent: 'alpha', consumer })
        await sayAll(server, ['m1'], 'side')
        const frame = await socket.event('message.created')
        socket.nack(frame, 'failed', { error: 'exit 1' })
        const dead = await delivered(server, { id: 'm1', agent: 'alpha', state: 'dead' })
        await operate(server, dead as Wake, 'retry')
        const again = await socket.event('message.created')
        expect(again).toMatchObject({ redelivered: true, attempt: 1 })
        socket.ack(again)
        expect(
          stepsOf(await delivered(server, { id: 'm1', agent: 'alpha', state: 'acked' })).slice(-3),
        ).toEqual(['retried', 'sent', 'acked'])
      },
      { config: { delivery: { max_attempts: 1 } } },
    ))

  test('a failed wake is tried at once, before what waits behind it, and its failures stay counted', () =>
    withServer(async (server) => {
      const consumer = { durable: true, rooms: [{ id: 'side', wake: 'all' }], window: 1 }
      await using socket = await attach(server.url, { agent: 'alpha', consumer })
      await sayAll(server, ['m1', 'm2'], 'side')
      socket.nack(await socket.event('message.created'), 'failed', {
        error: 'exit 1',
        retry_after_ms: 300_000,
      })
      const failed = await delivered(server, { id: 'm1', agent: 'alpha', state: 'failed' })
      const waiting = (await deliveries(server, 'm2'))['alpha'] as Wake
      expect(waiting.state).toBe('pending')
      expect((await server.json(`/v1/wakes/${waiting.id}/retry`, { method: 'POST' })).status).toBe(409)
      await operate(server, failed as Wake, 'retry')
      const again = await socket.event('message.created')
      expect(again).toMatchObject({ event: { message: { id: 'm1' } }, redelivered: true, attempt: 2 })
      socket.ack(again)
      expect(await take(socket, 1)).toEqual(['m2'])
      expect(stepsOf(await delivered(server, { id: 'm1', agent: 'alpha', state: 'acked' }))).toEqual([
        'stored',
        'pending',
        'sent',
        'failed',
        'retried',
        'sent',
        'acked',
      ])
    }))

  test('a failed wake of an agent that is away is sent as soon as it is back', () =>
    withServer(async (server) => {
      const consumer = { durable: true, rooms: [{ id: 'side', wake: 'all' }] }
      const socket = await attach(server.url, { agent: 'alpha', consumer })
      await sayAll(server, ['m1'], 'side')
      const frame = await socket.event('message.created')
      socket.nack(frame, 'unavailable', { retry_after_ms: 300_000 })
      const failed = await delivered(server, { id: 'm1', agent: 'alpha', state: 'failed' })
      await socket.close()
      await eventually(
        async () => !(await server.json('/v1/agents/alpha')).body['connected'],
        'alpha is away',
      )
      expect(await operate(server, failed as Wake, 'retry')).toMatchObject({ state: 'pending' })
      await using again = await attach(server.url, { agent: 'alpha', consumer })
      expect(await take(again, 1)).toEqual(['m1'])
    }))

  test('needs admin, or a token that sees all and speaks as a human', async () => {
    const tokens = [
      { id: 'admin', value: 'admin-token', scopes: ['admin'] },
      { id: 'both', value: 'both-token', scopes: ['observe', 'write'] },
      { id: 'see', value: 'see-token', scopes: ['observe'] },
      { id: 'in', value: 'in-token', scopes: ['attach', 'write'], agents: ['alpha'] },
    ]
    await withServer(
      async (server) => {
        await using _socket = await attach(server.url, {
          agent: 'alpha',
          token: 'in-token',
          consumer: approving,
        })
        const said = { human: true, from: 'ann', token: 'both-token' }
        for (const id of ['m1', 'm2']) await say(server, { ...said, id })
        await eventually(
          async () => (await wakesOf(server, '/v1/wakes?state=held', 'see-token')).length === 2,
          'two are held',
        )
        const [first, second] = await wakesOf(server, '/v1/wakes?state=held', 'see-token')
        const post = (wake: Wake | undefined, action: string, token?: string) =>
          server.json<Wake>(`/v1/wakes/${wake?.id}/${action}`, { method: 'POST', token })
        for (const [token, expected] of [
          [undefined, 401],
          ['see-token', 403],
          ['in-token', 403],
        ] as const)
          expect((await post(first, 'approve', token)).status).toBe(expected)
        expect((await post(first, 'approve', 'both-token')).status).toBe(200)
        const dismissed = await post(second, 'dismiss', 'admin-token')
        expect(dismissed.body.steps.at(-1)).toMatchObject({ step: 'dismissed', by: 'token:admin' })
        expect(
          (await server.json('/v1/wakes/wake_zzzzzz/approve', { method: 'POST', token: 'admin-token' }))
            .status,
        ).toBe(404)
      },
      { config: { auth: { mode: 'bearer', tokens } } },
    )
  })
})
