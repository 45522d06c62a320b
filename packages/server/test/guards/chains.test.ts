import { describe, expect, test } from 'bun:test'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { MessagePreview, WakePage } from '@moltnet/protocol'
import { TestClock } from '../support/clock.ts'
import { guards } from '../support/guards.ts'
import { delivered, deliveries, stepsOf } from '../support/ledger.ts'
import { messageOf, operate, takeTurns, talkingAgent, untilHeld } from '../support/guarded.ts'
import { say } from '../support/messages.ts'
import { startProcess } from '../support/server-process.ts'
import { attach, durable } from '../support/socket.ts'
import { startServer, type TestServer } from '../support/start-server.ts'
import { eventually } from '../support/wait.ts'

const MEMBERS = ['alpha', 'beta', 'gamma', 'sender']
const ROOMS = [
  { id: 'general', members: MEMBERS },
  { id: 'short', members: MEMBERS, guards: { chain_soft: 2, chain_hard: 2 } },
]
const PART = { kind: 'text', text: 'hello' }
const all = durable({ general: 'all', short: 'all' })

const start = (hard: number, options: { folder?: string; rooms?: object[] } = {}) =>
  startServer({
    ...(options.folder !== undefined && { folder: options.folder }),
    config: { rooms: options.rooms ?? ROOMS, guards: guards({ chain_hard: hard, chain_soft: hard }) },
  })

/** Messages of one agent, one after another. */
async function sayMany(server: TestServer, count: number, room = 'general'): Promise<string[]> {
  const ids: string[] = []
  for (let n = 0; n < count; n++) ids.push((await say(server, { room })).message_id)
  return ids
}

async function inFolder(run: (folder: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'moltnet-guards-'))
  try {
    await run(folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

describe('two agents that answer each other', () => {
  test('stop at chain_hard, and the next wake waits for an operator', async () => {
    await using server = await start(6)
    await using alpha = await talkingAgent(server, { agent: 'alpha' })
    await using beta = await talkingAgent(server, { agent: 'beta' })
    await say(server, { from: 'ann', human: true })
    // The human wakes both; each answer wakes the other one.
    const held = await untilHeld(server, 2)
    expect(alpha.woken.length + beta.woken.length).toBe(2 + 6)
    expect(held.every(({ reason, state }) => reason === 'guard' && state === 'held')).toBe(true)
    const [first] = held
    const line = (await deliveries(server, first?.message_id as string))[first?.agent_id as string]
    expect(stepsOf(line)).toEqual(['stored', 'pending', 'guarded', 'held'])
    expect(line?.steps[2]).toMatchObject({
      reason: 'chain_hard',
      // Whose line comes first depends on whose save does.
      detail: expect.stringMatching(
        /^number [78] in a row from agent to agent without a human, the limit is 6$/,
      ),
    })
  })

  test('a human passes at once and starts the chain anew; what was held stays held', async () => {
    await using server = await start(3)
    await using socket = await attach(server.url, { agent: 'alpha', consumer: all })
    const ids = await sayMany(server, 5)
    expect(await takeTurns(socket, 3)).toEqual(ids.slice(0, 3))
    const held = await untilHeld(server, 2)
    const { message_id: human } = await say(server, { from: 'ann', human: true, text: '@alpha stop' })
    expect(await takeTurns(socket, 1)).toEqual([human])
    const more = await sayMany(server, 4)
    expect(await takeTurns(socket, 3)).toEqual(more.slice(0, 3))
    expect((await untilHeld(server, 3)).map(({ id }) => id)).toEqual(
      expect.arrayContaining(held.map(({ id }) => id)),
    )
  })

  test('a human who speaks to somebody else in the conversation starts the chain anew as well', async () => {
    await using server = await start(2)
    const mentions = durable({ general: 'mentions' })
    await using socket = await attach(server.url, { agent: 'alpha', consumer: mentions })
    for (let round = 0; round < 3; round++) {
      for (let n = 0; n < 2; n++) await say(server, { text: '@alpha' })
      await takeTurns(socket, 2)
      await say(server, { from: 'ann', human: true, text: '@beta' })
    }
    expect((await server.json<{ wakes: [] }>('/v1/wakes?state=held')).body.wakes).toEqual([])
  })

  test('the count outlives a restart in the middle', () =>
    inFolder(async (folder) => {
      await using first = await start(4, { folder })
      const socket = await attach(first.url, { agent: 'alpha', consumer: all })
      await sayMany(first, 3)
      await takeTurns(socket, 3)
      await socket.close()
      await first.stop()
      await using second = await start(4, { folder })
      await using again = await attach(second.url, { agent: 'alpha', consumer: all })
      const ids = await sayMany(second, 3)
      expect(await takeTurns(again, 1)).toEqual(ids.slice(0, 1))
      expect((await untilHeld(second, 2)).map((wake) => wake.message_id as string)).toEqual(ids.slice(1))
    }))

  test('a human who spoke before a restart is not forgotten', () =>
    inFolder(async (folder) => {
      await using first = await start(2, { folder })
      const socket = await attach(first.url, { agent: 'alpha', consumer: all })
      await sayMany(first, 2)
      await takeTurns(socket, 2)
      await socket.close()
      await say(first, { from: 'ann', human: true })
      await first.stop()
      await using second = await start(2, { folder })
      await using again = await attach(second.url, { agent: 'alpha', consumer: all })
      await takeTurns(again, 1)
      const ids = await sayMany(second, 2)
      expect(await takeTurns(again, 2)).toEqual(ids)
    }))

  test('the count outlives a server that is killed in the middle', () =>
    inFolder(async (folder) => {
      const config = { rooms: ROOMS, guards: guards({ chain_hard: 6, chain_soft: 6 }) }
      const first = await startProcess(folder, config)
      const said: string[] = []
      const speak = async (url: string, from: string) => {
        const target = { kind: 'room', room_id: 'general' }
        const body = JSON.stringify({ target, from: { type: 'agent', id: from }, parts: [PART] })
        const answer = await fetch(`${url}/v1/messages`, { method: 'POST', body })
        said.push(((await answer.json()) as { message_id: string }).message_id)
      }
      const [alpha, beta] = await Promise.all(
        ['alpha', 'beta'].map((agent) => attach(first.url, { agent, consumer: all })),
      )
      // Each answers what the other one said; nothing is ACKed but the answers are stored.
      await speak(first.url, 'alpha')
      for (let n = 1; n < 4; n++) {
        await (n % 2 === 1 ? beta : alpha)?.event('message.created')
        await speak(first.url, n % 2 === 1 ? 'beta' : 'alpha')
      }
      await first.kill()
      await Promise.allSettled([alpha?.closed, beta?.closed])
      const second = await startProcess(folder, config)
      const again = await attach(second.url, { agent: 'alpha', consumer: all })
      await using _beta = await attach(second.url, { agent: 'beta', consumer: all })
      for (let n = 0; n < 4; n++) await speak(second.url, 'beta')
      // Two of beta's before the kill, and two after it until the chain has six.
      const woken = [said[1], said[3], said[4], said[5]]
      for (const id of woken) expect(messageOf(await again.event('message.created'))).toBe(id as string)
      const held = async () => {
        const answer = await fetch(`${second.url}/v1/agents/alpha/wakes?state=held`)
        return ((await answer.json()) as WakePage).wakes.map((wake) => wake.message_id as string)
      }
      await eventually(async () => (await held()).length === 2, 'two are held for alpha')
      expect(await held()).toEqual(said.slice(6))
      await again.close()
      await second.kill()
    }))

  test('one message counts once, however many agents it wakes', async () => {
    await using server = await start(2)
    const sockets = await Promise.all(
      ['alpha', 'beta', 'gamma'].map((agent) => attach(server.url, { agent, consumer: all })),
    )
    const ids = await sayMany(server, 3)
    for (const socket of sockets) expect(await takeTurns(socket, 2)).toEqual(ids.slice(0, 2))
    expect((await untilHeld(server, 3)).map((wake) => wake.agent_id).toSorted()).toEqual([
      'alpha',
      'beta',
      'gamma',
    ])
    for (const socket of sockets) await socket.close()
  })

  test('messages that wake nobody are no part of a chain', async () => {
    await using server = await start(2)
    const mentions = durable({ general: 'mentions' })
    await using socket = await attach(server.url, { agent: 'alpha', consumer: mentions })
    await sayMany(server, 10)
    const { message_id: id } = await say(server, { text: '@alpha' })
    expect(await takeTurns(socket, 1)).toEqual([id])
  })

  test('a guarded agent can still speak', async () => {
    await using server = await start(1)
    await using _alpha = await attach(server.url, { agent: 'alpha', consumer: all })
    await sayMany(server, 3)
    await untilHeld(server, 2)
    expect((await say(server, { from: 'alpha' })).accepted).toBe(true)
  })

  test('an agent that comes back to a long conversation is woken by as much of it as a chain may have', async () => {
    await using server = await start(3)
    await (await attach(server.url, { agent: 'alpha', consumer: all })).close()
    await using beta = await attach(server.url, { agent: 'beta', consumer: all })
    const before = await sayMany(server, 5)
    await takeTurns(beta, 3)
    await untilHeld(server, 2)
    await using alpha = await attach(server.url, { agent: 'alpha', consumer: all })
    expect(await takeTurns(alpha, 3)).toEqual(before.slice(0, 3))
    await untilHeld(server, 4)
  })

  test('a flood beyond any window neither stops the scan nor hides a human', async () => {
    await using server = await start(2)
    await using socket = await attach(server.url, { agent: 'alpha', consumer: all })
    const flood = 5_000
    for (let n = 0; n < flood; n += 100) await Promise.all(Array.from({ length: 100 }, () => say(server)))
    const { message_id: human } = await say(server, { from: 'ann', human: true })
    await takeTurns(socket, 2)
    expect(await takeTurns(socket, 1)).toEqual([human])
  }, 60_000)
})

describe('operators', () => {
  test('approving one lets the conversation go on, in order, for a fresh allowance', async () => {
    await using server = await start(2)
    await using socket = await attach(server.url, { agent: 'alpha', consumer: all })
    const ids = await sayMany(server, 7)
    await takeTurns(socket, 2)
    const held = await untilHeld(server, 5)
    await operate(server, held[0], 'approve')
    expect(await takeTurns(socket, 2)).toEqual(ids.slice(2, 4))
    // Whoever approves everything that was listed gets no error for what went along.
    expect(await operate(server, held[1], 'approve')).toMatchObject({ message_id: ids[3] })
    expect((await untilHeld(server, 3)).map((wake) => wake.message_id as string)).toEqual(ids.slice(4))
    const { steps } = (await deliveries(server, ids[3] as string))['alpha'] ?? { steps: [] }
    expect(steps).toContainEqual(
      expect.objectContaining({
        step: 'approved',
        by: 'anonymous',
        reason: 'its conversation was let go on',
      }),
    )
  })

  test('approving for one agent lets the others go on, also one that is away', async () => {
    await using server = await start(2)
    const sockets = await Promise.all(
      ['alpha', 'beta', 'gamma'].map((agent) => attach(server.url, { agent, consumer: all })),
    )
    const ids = await sayMany(server, 3)
    for (const socket of sockets) await takeTurns(socket, 2)
    const held = await untilHeld(server, 3)
    await sockets[2]?.close()
    await operate(
      server,
      held.find((wake) => wake.agent_id === 'alpha'),
      'approve',
    )
    await untilHeld(server, 0)
    for (const socket of sockets.slice(0, 2)) expect(await takeTurns(socket, 1)).toEqual(ids.slice(2))
    await using gamma = await attach(server.url, { agent: 'gamma', consumer: all })
    expect(await takeTurns(gamma, 1)).toEqual(ids.slice(2))
    for (const socket of sockets) await socket.close()
  })

  test('dismissing ends a wake and no more', async () => {
    await using server = await start(2)
    await using socket = await attach(server.url, { agent: 'alpha', consumer: all })
    const ids = await sayMany(server, 4)
    await takeTurns(socket, 2)
    const [first] = await untilHeld(server, 2)
    expect(await operate(server, first, 'dismiss')).toMatchObject({ state: 'dismissed' })
    expect((await untilHeld(server, 1)).map((wake) => wake.message_id as string)).toEqual(ids.slice(3))
    const [later] = await sayMany(server, 1)
    await untilHeld(server, 2)
    expect((await deliveries(server, later as string))['alpha']).toMatchObject({ state: 'held' })
  })

  test('approving what needs approval starts the chain anew as well', async () => {
    await using server = await start(2)
    const consumer = { durable: true, rooms: [{ id: 'general', wake: 'mentions', approval: true }] }
    await using _alpha = await attach(server.url, { agent: 'alpha', consumer })
    await using beta = await attach(server.url, { agent: 'beta', consumer: all })
    await say(server, { text: '@alpha' })
    await say(server)
    await takeTurns(beta, 2)
    const [wake] = await untilHeld(server, 1)
    expect(wake).toMatchObject({ agent_id: 'alpha', reason: 'approval' })
    await operate(server, wake, 'approve')
    const ids = await sayMany(server, 2)
    expect(await takeTurns(beta, 2)).toEqual(ids)
  })

  test('a wake that was let go grows too old like any other', async () => {
    const clock = new TestClock()
    await using server = await startServer({
      clock: clock.read,
      config: { rooms: ROOMS, guards: guards({ chain_soft: 1, chain_hard: 1 }) },
    })
    const socket = await attach(server.url, { agent: 'alpha', consumer: all })
    const ids = await sayMany(server, 2)
    await takeTurns(socket, 1)
    const [wake] = await untilHeld(server, 1)
    await socket.close()
    clock.jump(3 * 86_400)
    await operate(server, wake, 'approve')
    clock.jump(3 * 86_400)
    await using _again = await attach(server.url, { agent: 'alpha', consumer: all })
    await delivered(server, { id: ids[1] as string, agent: 'alpha', state: 'expired' })
  })

  test('a preview says what a guard would do, and that a human passes', async () => {
    await using server = await start(2)
    await using socket = await attach(server.url, { agent: 'alpha', consumer: all })
    const preview = async (type: 'agent' | 'human') => {
      const body = {
        target: { kind: 'room', room_id: 'general' },
        from: { type, id: type === 'agent' ? 'sender' : 'ann' },
        parts: [{ kind: 'text', text: 'hello' }],
      }
      return (await server.json<MessagePreview>('/v1/messages/preview', { body })).body.wakes[0]
    }
    expect(await preview('agent')).toMatchObject({ agent_id: 'alpha', outcome: 'wake' })
    await sayMany(server, 2)
    await takeTurns(socket, 2)
    expect(await preview('agent')).toMatchObject({ outcome: 'guarded', reason: 'chain_hard' })
    expect(await preview('human')).toMatchObject({ outcome: 'wake' })
    await socket.close()
    expect(await preview('agent')).toMatchObject({ outcome: 'guarded', reason: 'chain_hard' })
  })

  test('a held wake outlives a restart and can be approved before its agent is back', () =>
    inFolder(async (folder) => {
      await using first = await start(1, { folder })
      const socket = await attach(first.url, { agent: 'alpha', consumer: all })
      const ids = await sayMany(first, 2)
      await takeTurns(socket, 1)
      await untilHeld(first, 1)
      await socket.close()
      await first.stop()
      await using second = await start(1, { folder })
      const [wake] = await untilHeld(second, 1)
      await operate(second, wake, 'approve')
      await using again = await attach(second.url, { agent: 'alpha', consumer: all })
      expect(await takeTurns(again, 1)).toEqual(ids.slice(1))
    }))

  test('observers are told, and the metrics count it', async () => {
    await using server = await start(1)
    await using _alpha = await attach(server.url, { agent: 'alpha', consumer: all })
    await sayMany(server, 2)
    const [wake] = await untilHeld(server, 1)
    const stream = await server.request('/v1/events/stream?last_event_id=evt_00000000.1')
    const reader = stream.body?.getReader()
    let text = ''
    await eventually(async () => {
      text += new TextDecoder().decode((await reader?.read())?.value)
      return text.includes('agent.wake.updated') && text.includes('"reason":"guard"')
    }, 'the event about the held wake')
    expect(text).toContain(`"wake_id":"${wake?.id}"`)
    await reader?.cancel()
    const metrics = await (await server.request('/metrics')).text()
    expect(metrics).toContain('moltnet_guard_actions_total{guard="chain_hard",action="held"} 1')
  })
})

describe('where chains count', () => {
  test('a room with guards of its own has those; its threads have chains of their own', async () => {
    await using server = await start(50)
    await using socket = await attach(server.url, { agent: 'alpha', consumer: all })
    await sayMany(server, 3, 'short')
    await takeTurns(socket, 2)
    await untilHeld(server, 1)
    const thread = async () => (await say(server, { room: 'short', thread: 't1' })).message_id
    const ids = [await thread(), await thread(), await thread()]
    expect(await takeTurns(socket, 2)).toEqual(ids.slice(0, 2))
    await delivered(server, { id: ids[2] as string, agent: 'alpha', state: 'held' })
    await sayMany(server, 4)
    await takeTurns(socket, 4)
  })

  test("a node's guards count where they are stricter, and never where they are looser", async () => {
    await using server = await start(3)
    const wanting = (chain_hard: number) => durable({ general: 'all' }, { guards: { chain_hard } })
    await using strict = await attach(server.url, { agent: 'alpha', consumer: wanting(1) })
    await using loose = await attach(server.url, { agent: 'beta', consumer: wanting(100) })
    const ids = await sayMany(server, 5)
    expect(await takeTurns(strict, 1)).toEqual(ids.slice(0, 1))
    expect(await takeTurns(loose, 3)).toEqual(ids.slice(0, 3))
    await untilHeld(server, 4 + 2)
  })

  test('applying a room leaves its guards as the configuration has them', async () => {
    await using server = await start(50)
    const body = { agents: [], rooms: [{ id: 'short', name: 'Renamed', members: MEMBERS }] }
    expect((await server.json('/v1/apply', { body })).status).toBe(200)
    await using socket = await attach(server.url, { agent: 'alpha', consumer: all })
    await sayMany(server, 3, 'short')
    await takeTurns(socket, 2)
    await untilHeld(server, 1)
  })
})

describe('who counts as a human', () => {
  const tokens = [
    { id: 'ops', value: 'ops-token', scopes: ['admin', 'observe', 'write', 'attach'] },
    { id: 'pair', value: 'pair-token', scopes: ['pair'], network: 'net_b' },
    { id: 'in', value: 'in-token', scopes: ['attach'], agents: ['alpha', 'sender'] },
  ]
  const open = () =>
    startServer({
      config: {
        rooms: [{ id: 'general', members: [...MEMBERS, 'net_b:bob'], write_policy: 'registered_agents' }],
        auth: { mode: 'open', tokens },
        guards: guards({ chain_soft: 1, chain_hard: 1 }),
      },
    })
  const post = (server: TestServer, token: string | undefined, more: object) => {
    const target = { kind: 'room', room_id: 'general' }
    const body = { target, parts: [{ kind: 'text', text: '@alpha' }], ...more }
    return server.json('/v1/messages', { token, body })
  }

  test('not an agent that says so: only credentials that may speak as one are heard', async () => {
    await using server = await open()
    await using _alpha = await attach(server.url, { agent: 'alpha', token: 'in-token', consumer: all })
    const made = await server.json<{ agent_token: string }>('/v1/agents/register', {
      body: { requested_agent_id: 'gamma' },
    })
    const { agent_token: token } = made.body
    const agent = { type: 'agent', id: 'gamma' }
    for (let n = 0; n < 2; n++) expect((await post(server, token, { from: agent })).status).toBe(202)
    const held = async () =>
      (await server.json<{ wakes: unknown[] }>('/v1/wakes?state=held', { token: 'ops-token' })).body.wakes
        .length
    await eventually(async () => (await held()) === 1, 'one wake is held')
    // Claims of all kinds: none is accepted, so none ends the chain.
    const claims = [
      [token, { type: 'human', id: 'ann' }],
      [token, { type: 'human', id: 'gamma' }],
      ['in-token', { type: 'human', id: 'ann' }],
      [undefined, { type: 'human', id: 'ann' }],
    ] as const
    for (const [credential, from] of claims)
      expect([401, 403, 409]).toContain((await post(server, credential, { from })).status)
    expect((await post(server, token, { from: agent })).status).toBe(202)
    await eventually(async () => (await held()) === 2, 'the next one is held too')
  })

  test('a human of a paired network, whom that network answers for', async () => {
    await using server = await open()
    await using socket = await attach(server.url, { agent: 'alpha', token: 'in-token', consumer: all })
    const remote = (type: string) =>
      post(server, 'pair-token', {
        from: { type, id: 'bob', network_id: 'net_b' },
        origin: { network_id: 'net_b', message_id: `m_${crypto.randomUUID()}` },
      })
    expect((await remote('agent')).status).toBe(202)
    await takeTurns(socket, 1)
    expect((await remote('agent')).status).toBe(202)
    expect((await remote('human')).status).toBe(202)
    await takeTurns(socket, 1)
    expect((await remote('agent')).status).toBe(202)
    await takeTurns(socket, 1)
  })
})
