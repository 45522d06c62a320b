import { describe, expect, test } from 'bun:test'
import type { MessagePage, MessagePreview } from '@moltnet/protocol'
import { say } from '../support/messages.ts'
import { deliveries } from '../support/ledger.ts'
import { attach, durable } from '../support/socket.ts'
import { startServer, type TestServer } from '../support/start-server.ts'
import { eventually } from '../support/wait.ts'

const general = { kind: 'room', room_id: 'general' }
const rooms = [
  { id: 'general', members: ['alpha', 'beta', 'gamma', 'delta', 'old', 'sender'] },
  { id: 'side', members: ['alpha'], visibility: 'private', write_policy: 'members' },
]
const NAMELESS = 'it has no durable consumer for this conversation'

function draft(text: string, change: object = {}): object {
  return {
    target: general,
    from: { type: 'agent', id: 'sender' },
    parts: [{ kind: 'text', text }],
    ...change,
  }
}

async function preview(server: TestServer, body: object, token?: string): Promise<MessagePreview> {
  const answer = await server.json<MessagePreview>('/v1/messages/preview', { body, token })
  if (answer.status !== 200) throw new Error(`${answer.status} ${JSON.stringify(answer.body)}`)
  return answer.body
}

/** A network in which each agent is reached in another way, or not at all. */
async function peopled(server: TestServer): Promise<AsyncDisposableStack> {
  const stack = new AsyncDisposableStack()
  stack.use(await attach(server.url, { agent: 'alpha', consumer: durable({ general: 'all' }) }))
  const approving = { durable: true, rooms: [{ id: 'general', wake: 'mentions', approval: true }] }
  await (await attach(server.url, { agent: 'beta', consumer: approving })).close()
  stack.use(await attach(server.url, { agent: 'gamma', consumer: durable({ side: 'all' }) }))
  stack.use(await attach(server.url, { agent: 'old' }))
  await eventually(
    async () => (await preview(server, draft('@beta'))).wakes.some((wake) => !wake.connected),
    'beta is away',
  )
  return stack
}

describe('a preview of a message', () => {
  test('says who is mentioned, who is not, and what each agent is in for', async () => {
    await using server = await startServer({ config: { rooms } })
    await using _agents = await peopled(server)
    const text = '@beta @gamma @delta @old, where is @nobody? @all'
    expect(await preview(server, draft(text))).toEqual({
      mentions: ['beta', 'gamma', 'delta', 'old'].map((id) => `molt://local/agents/${id}`),
      unresolved: ['nobody', 'all'],
      wakes: [
        { agent_id: 'alpha', cause: 'room', connected: true, outcome: 'wake' },
        { agent_id: 'beta', cause: 'mention', connected: false, outcome: 'held', reason: 'approval' },
        { agent_id: 'delta', cause: 'mention', connected: false, outcome: 'no_consumer', reason: NAMELESS },
        { agent_id: 'gamma', cause: 'mention', connected: true, outcome: 'no_consumer', reason: NAMELESS },
        { agent_id: 'old', cause: 'mention', connected: true, outcome: 'wake' },
      ],
    })
    expect((await preview(server, draft('nobody in particular'))).wakes).toEqual([
      { agent_id: 'alpha', cause: 'room', connected: true, outcome: 'wake' },
    ])
  })

  test('agrees with what sending it does, and stores nothing', async () => {
    await using server = await startServer({ config: { rooms } })
    await using _agents = await peopled(server)
    for (const body of [
      draft('@beta @gamma @delta @old'),
      draft('plain'),
      draft('in a thread', { target: { kind: 'thread', room_id: 'general', thread_id: 'new' } }),
      draft('@alpha', { target: { kind: 'dm', dm_id: 'dm-1', participant_ids: ['sender', 'alpha', 'old'] } }),
    ]) {
      const { wakes } = await preview(server, body)
      const sent = await server.json<{ message_id: string }>('/v1/messages', { body })
      const became = async () =>
        Object.values(await deliveries(server, sent.body.message_id)).map(({ agent_id, cause, state }) => [
          agent_id,
          cause,
          state === 'no_consumer',
        ])
      const foretold = wakes.map((wake) => [wake.agent_id, wake.cause, wake.outcome === 'no_consumer'])
      await eventually(
        async () => Bun.deepEquals(await became(), foretold),
        `what was foretold: ${JSON.stringify(foretold)}`,
      )
    }
    const { body } = await server.json<MessagePage>('/v1/rooms/general/messages')
    expect(body.messages).toHaveLength(2)
    expect((await server.request('/v1/threads/other')).status).toBe(404)
    await preview(server, draft('x', { target: { kind: 'thread', room_id: 'general', thread_id: 'other' } }))
    expect((await server.request('/v1/threads/other')).status).toBe(404)
  })

  test('of a message that is stored already wakes nobody', async () => {
    await using server = await startServer({ config: { rooms } })
    await using _agents = await peopled(server)
    await say(server, { id: 'm1', text: '@old hi' })
    expect(await preview(server, draft('@old hi', { id: 'm1' }))).toEqual({
      mentions: ['molt://local/agents/old'],
      unresolved: [],
      wakes: [],
    })
    const other = await server.json('/v1/messages/preview', { body: draft('other', { id: 'm1' }) })
    expect(other.status).toBe(409)
  })

  test('is refused like the message, and shows others than observers only whom they address', async () => {
    const tokens = [
      { id: 'op', value: 'op-token', scopes: ['observe', 'write'] },
      { id: 'see', value: 'see-token', scopes: ['observe'] },
      ...['alpha', 'beta', 'sender'].map((id) => ({
        id,
        value: `${id}-token`,
        scopes: ['attach', 'write'],
        agents: [id],
      })),
    ]
    await using server = await startServer({ config: { rooms, auth: { mode: 'bearer', tokens } } })
    for (const agent of ['alpha', 'beta']) {
      const consumer = durable({ general: 'all' })
      await (await attach(server.url, { agent, token: `${agent}-token`, consumer })).close()
    }
    const human = { from: { type: 'human', id: 'ann' } }
    const secret = { target: { kind: 'room', room_id: 'side' } }
    for (const [body, token] of [
      [draft('hi'), undefined],
      [draft('hi'), 'see-token'],
      [draft('hi'), 'alpha-token'],
      [draft('hi', secret), 'sender-token'],
      [draft('hi', { target: { kind: 'room', room_id: 'nowhere' } }), 'op-token'],
      [draft('hi', { parts: [] }), 'op-token'],
      ['no message', 'op-token'],
    ] as const) {
      const shown = await server.json('/v1/messages/preview', { body, token })
      const sent = await server.json('/v1/messages', { body, token })
      expect([shown.status, shown.body['error']]).toEqual([sent.status, sent.body['error']])
      expect(shown.status).toBeGreaterThanOrEqual(400)
    }
    const names = async (body: object, token: string) =>
      (await preview(server, body, token)).wakes.map(({ agent_id }) => agent_id)
    expect(await names(draft('@beta', human), 'op-token')).toEqual(['alpha', 'beta'])
    expect(await names(draft('@beta'), 'sender-token')).toEqual(['beta'])
  })
})
