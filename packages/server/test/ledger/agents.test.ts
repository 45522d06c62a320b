import { describe, expect, test } from 'bun:test'
import type { AgentPage, AgentSummary } from '@moltnet/protocol'
import { delivered } from '../support/ledger.ts'
import { say } from '../support/messages.ts'
import { attach } from '../support/socket.ts'
import { startServer, type TestServer } from '../support/start-server.ts'
import { eventually } from '../support/wait.ts'

const rooms = [
  { id: 'general', members: ['alpha', 'beta', 'sender'] },
  { id: 'side', members: ['alpha', 'sender'] },
]
const consumer = {
  durable: true,
  runtime: 'codex',
  rooms: [
    { id: 'general', wake: 'all', approval: true },
    { id: 'side', wake: 'all' },
  ],
}

async function agent(server: TestServer, id: string, token?: string): Promise<AgentSummary> {
  return (await server.json<AgentSummary>(`/v1/agents/${id}`, { token })).body
}

async function listed(server: TestServer, id: string, token?: string): Promise<AgentSummary | undefined> {
  const { body } = await server.json<AgentPage>('/v1/agents', { token })
  return body.agents.find((entry) => entry.id === id)
}

describe('what observers see of an agent', () => {
  test('its attachment with what it works on and what waits, and its newest wake', async () => {
    await using server = await startServer({ config: { rooms } })
    expect(await agent(server, 'alpha')).not.toHaveProperty('attachment')
    const socket = await attach(server.url, { agent: 'alpha', consumer })
    const { attachment } = await agent(server, 'alpha')
    const { since = '' } = attachment ?? {}
    expect(attachment).toEqual({ durable: true, runtime: 'codex', turns: 0, pending: 0, held: 0, since })
    expect(Math.abs(Date.parse(since) - Date.now())).toBeLessThan(60_000)

    for (const id of ['m1', 'm2']) await say(server, { id, room: 'side' })
    await say(server, { id: 'm3' })
    const frame = await socket.event('message.created')
    socket.status(frame, 'turn_started')
    await delivered(server, { id: 'm1', agent: 'alpha', state: 'turn_started' })
    const held = await delivered(server, { id: 'm3', agent: 'alpha', state: 'held' })
    const busy = await agent(server, 'alpha')
    expect(await listed(server, 'alpha')).toEqual(busy)
    expect(busy.attachment).toMatchObject({ turns: 1, pending: 2, held: 1 })
    expect(busy.last_wake).toEqual({
      id: held.id as string,
      message_id: 'm3' as never,
      state: 'held',
      at: held.steps.at(-1)?.at as string,
      reason: 'approval',
    })
    await socket.close()
    await eventually(async () => !(await agent(server, 'alpha')).connected, 'alpha is gone')
    const gone = await agent(server, 'alpha')
    expect(gone).not.toHaveProperty('attachment')
    expect(gone.last_wake).toEqual(busy.last_wake)
  })

  test('of a v1 socket what is known of it', async () => {
    await using server = await startServer({ config: { rooms } })
    await using _socket = await attach(server.url, { agent: 'beta' })
    await say(server, { id: 'm1', text: '@beta' })
    await delivered(server, { id: 'm1', agent: 'beta', state: 'sent' })
    expect((await agent(server, 'beta')).attachment).toMatchObject({
      durable: false,
      turns: 0,
      pending: 1,
      held: 0,
    })
  })

  test('and nobody else sees any of it', async () => {
    const tokens = [
      { id: 'op', value: 'op-token', scopes: ['observe', 'write'] },
      { id: 'alpha', value: 'alpha-token', scopes: ['attach', 'write'], agents: ['alpha'] },
      { id: 'pair', value: 'pair-token', scopes: ['pair'] },
    ]
    const auth = { mode: 'bearer', public_read: true, tokens }
    await using server = await startServer({ config: { rooms, auth } })
    await using _socket = await attach(server.url, { agent: 'alpha', token: 'alpha-token', consumer })
    await say(server, { id: 'm1', human: true, from: 'ann', token: 'op-token' })
    await eventually(
      async () => (await agent(server, 'alpha', 'op-token')).last_wake?.state === 'held',
      'the wake is held',
    )
    expect((await agent(server, 'alpha', 'op-token')).attachment).toMatchObject({ held: 1 })
    for (const token of ['alpha-token', 'pair-token', undefined]) {
      const alpha = await listed(server, 'alpha', token)
      expect(alpha).toBeDefined()
      expect(alpha).not.toHaveProperty('attachment')
      expect(alpha).not.toHaveProperty('last_wake')
    }
  })
})
