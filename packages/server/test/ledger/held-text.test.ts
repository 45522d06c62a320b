import { describe, expect, test } from 'bun:test'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { EventFrame, Message, MessagePage, Wake } from '@moltnet/protocol'
import { delivered, deliveries, stepsOf, wakesOf } from '../support/ledger.ts'
import { say } from '../support/messages.ts'
import { attach, durable, type TestSocket } from '../support/socket.ts'
import { startServer, type TestServer } from '../support/start-server.ts'
import { TestStream } from '../support/stream.ts'
import { eventually } from '../support/wait.ts'

const rooms = [
  { id: 'general', members: ['alpha', 'beta', 'sender'], write_policy: 'members' },
  { id: 'side', members: ['alpha', 'sender'] },
]
const TEXT = 'The answer is 42, @beta.'
const mentions = durable({ general: 'mentions' })

/** Lets an agent's turn end without a word, and its node hand in what it thought. */
async function think(
  server: TestServer,
  socket: TestSocket,
  o: { id: string; text?: string; agent?: string },
): Promise<Wake> {
  const { id, text = TEXT, agent = 'alpha' } = o
  await say(server, { id, text: `@${agent} what is the answer?` })
  const frame = await socket.event('message.created')
  socket.status(frame, 'turn_started')
  end(socket, frame, text)
  return (await delivered(server, { id, agent, state: 'silent' })) as Wake
}

function end(socket: TestSocket, frame: EventFrame, text: string): void {
  const detail = { outcome: 'delivered', final_text: text }
  socket.send({ op: 'STATUS', cursor: frame.cursor, state: 'turn_ended', detail })
  socket.ack(frame)
}

const operate = (server: TestServer, wake: Wake, action: string) =>
  server.json<Wake & { error?: string }>(`/v1/wakes/${wake.id}/${action}`, { method: 'POST' })

const withText = (server: TestServer) => wakesOf(server, '/v1/wakes?final_text=held')

async function history(server: TestServer): Promise<readonly Message[]> {
  return (await server.json<MessagePage>('/v1/rooms/general/messages')).body.messages
}

describe('a held text', () => {
  test('that is published becomes a message of the agent, and wakes like any other', async () => {
    await using server = await startServer({ config: { rooms } })
    await using stream = await TestStream.open(server.url)
    await using alpha = await attach(server.url, { agent: 'alpha', name: 'Alpha', consumer: mentions })
    await using beta = await attach(server.url, { agent: 'beta', consumer: mentions })
    const wake = await think(server, alpha, { id: 'm1' })
    expect(wake).toMatchObject({ final_text: TEXT })
    expect((await withText(server)).map(({ id }) => id)).toEqual([wake.id])
    const told = await stream.next('agent.wake.updated')
    expect(told.data).toMatchObject({ agent: { wake_id: wake.id, state: 'silent', message_id: 'm1' } })

    const { status, body } = await operate(server, wake, 'publish')
    expect(status).toBe(200)
    expect(body).toMatchObject({ id: wake.id, state: 'spoke' })
    expect(body).not.toHaveProperty('final_text')
    const step = body.steps.at(-1)
    expect(step).toMatchObject({ step: 'published', by: 'anonymous' })
    const [, said] = await history(server)
    expect(said).toMatchObject({
      id: step?.message_id as never,
      target: { kind: 'room', room_id: 'general' },
      from: { type: 'agent', id: 'alpha', name: 'Alpha' },
      parts: [{ kind: 'text', text: TEXT }],
      mentions: ['molt://local/agents/beta'],
    })
    const { event } = await beta.event('message.created')
    expect(event).toMatchObject({ message: { id: said?.id as string } })
    expect((await stream.next('agent.wake.updated')).data).toMatchObject({
      agent: { wake_id: wake.id, state: 'spoke', reason: 'published' },
    })
    expect(await withText(server)).toEqual([])
    expect(stream.events.filter(({ type }) => type === 'agent.wake.delivered')).toHaveLength(1)
  })

  test('is published once, however often and by how many it is tried', async () => {
    await using server = await startServer({ config: { rooms } })
    await using alpha = await attach(server.url, { agent: 'alpha', consumer: mentions })
    const wake = await think(server, alpha, { id: 'm1' })
    const answers = await Promise.all(Array.from({ length: 8 }, () => operate(server, wake, 'publish')))
    answers.push(await operate(server, wake, 'publish'))
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]))
    expect(new Set(answers.map(({ body }) => JSON.stringify(body))).size).toBe(1)
    expect(await history(server)).toHaveLength(2)
    expect(await operate(server, wake, 'dismiss')).toMatchObject({ status: 409 })
  })

  test('goes where the wake was: into a thread, or a direct conversation', async () => {
    await using server = await startServer({ config: { rooms } })
    const consumer = durable({ general: 'mentions' }, { dms: { enabled: true } })
    await using alpha = await attach(server.url, { agent: 'alpha', consumer })
    await say(server, { id: 'm1', thread: 't1', text: '@alpha?' })
    await say(server, { id: 'm2', dm: { id: 'dm_one', with: ['alpha'] } })
    for (const path of ['/v1/threads/t1', '/v1/dms/dm_one']) {
      const frame = await alpha.event('message.created')
      alpha.status(frame, 'turn_started')
      end(alpha, frame, `into ${path}`)
      if (frame.event.type !== 'message.created') throw new Error('no message')
      const { id } = frame.event.message
      const wake = (await delivered(server, { id, agent: 'alpha', state: 'silent' })) as Wake
      expect((await operate(server, wake, 'publish')).status).toBe(200)
      const { messages } = (await server.json<MessagePage>(`${path}/messages`)).body
      expect(messages.map(({ from, parts, target }) => [from.id as string, parts[0]?.text, target])).toEqual([
        ['sender', expect.any(String), wake.target],
        ['alpha', `into ${path}`, wake.target],
      ])
    }
  })

  test('that is dismissed is gone, and the turn stays silent', async () => {
    await using server = await startServer({ config: { rooms } })
    await using stream = await TestStream.open(server.url)
    await using alpha = await attach(server.url, { agent: 'alpha', consumer: mentions })
    const wake = await think(server, alpha, { id: 'm1' })
    const dismissed = await operate(server, wake, 'dismiss')
    expect(dismissed).toMatchObject({ status: 200, body: { state: 'silent' } })
    expect(dismissed.body).not.toHaveProperty('final_text')
    expect(stepsOf(dismissed.body).slice(-2)).toEqual(['silent', 'text_dismissed'])
    expect(await operate(server, wake, 'dismiss')).toEqual(dismissed)
    await stream.next('agent.wake.updated')
    expect((await stream.next('agent.wake.updated')).data).toMatchObject({
      agent: { wake_id: wake.id, state: 'silent', reason: 'text_dismissed' },
    })
    const late = await operate(server, wake, 'publish')
    expect(late).toMatchObject({ status: 409, body: { error: expect.stringContaining('holds no text') } })
    expect(await history(server)).toHaveLength(1)
  })

  test('is not published where its agent could not say it, and stays held', async () => {
    await using server = await startServer({ config: { rooms } })
    await using alpha = await attach(server.url, { agent: 'alpha', consumer: mentions })
    const wake = await think(server, alpha, { id: 'm1' })
    expect((await server.json('/v1/rooms/general', { method: 'DELETE' })).status).toBe(200)
    const refused = await operate(server, wake, 'publish')
    expect(refused.status).toBe(409)
    expect(refused.body.error).toContain('alpha may not say this there: no such room')
    expect((await withText(server)).map(({ id }) => id)).toEqual([wake.id])
    expect((await server.json('/v1/agents/alpha', { method: 'DELETE' })).status).toBe(200)
    expect((await operate(server, wake, 'publish')).body.error).toContain('no longer the agent')
    expect((await operate(server, wake, 'dismiss')).status).toBe(200)
  })

  test('is the agent’s to say, whoever the operator is, and nobody else reads it', async () => {
    const tokens = [
      { id: 'admin', value: 'admin-token', scopes: ['admin'] },
      { id: 'see', value: 'see-token', scopes: ['observe'] },
      { id: 'talk', value: 'talk-token', scopes: ['write'] },
      { id: 'alpha', value: 'alpha-token', scopes: ['attach', 'write'], agents: ['alpha'] },
    ]
    await using server = await startServer({ config: { rooms, auth: { mode: 'bearer', tokens } } })
    await using alpha = await attach(server.url, {
      agent: 'alpha',
      token: 'alpha-token',
      consumer: durable({ general: 'all' }),
    })
    await say(server, { id: 'm1', human: true, from: 'ann', token: 'talk-token' })
    const frame = await alpha.event('message.created')
    alpha.status(frame, 'turn_started')
    end(alpha, frame, TEXT)
    let wake: Wake | undefined
    await eventually(async () => {
      wake = (await wakesOf(server, '/v1/wakes?final_text=held', 'see-token'))[0]
      return wake !== undefined
    }, 'a text is held')
    const own = await server.json<{ wakes: Wake[] }>('/v1/agents/alpha/wakes?final_text=held', {
      token: 'alpha-token',
    })
    expect(own.body.wakes.map(({ id }) => id)).toEqual([wake?.id as string])
    expect(JSON.stringify(own.body)).not.toContain(TEXT)
    const publish = (token?: string) =>
      server.json<Wake>(`/v1/wakes/${wake?.id}/publish`, { method: 'POST', token })
    for (const [token, status] of [
      [undefined, 401],
      ['see-token', 403],
      ['talk-token', 403],
      ['alpha-token', 403],
    ] as const)
      expect((await publish(token)).status).toBe(status)

    const members = (body: object) =>
      server.json('/v1/rooms/general/members', { method: 'PATCH', body, token: 'admin-token' })
    await members({ remove: ['alpha'] })
    const refused = await publish('admin-token')
    expect(refused).toMatchObject({ status: 409, body: { error: expect.stringContaining('only members') } })
    await members({ add: ['alpha'] })
    const published = await publish('admin-token')
    expect(published.status).toBe(200)
    expect(published.body.steps.at(-1)).toMatchObject({ step: 'published', by: 'token:admin' })
  })

  test('survives a restart, and is published for an agent that is away', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'moltnet-held-text-'))
    try {
      let wake: Wake | undefined
      {
        await using server = await startServer({ config: { rooms }, folder })
        await using alpha = await attach(server.url, { agent: 'alpha', consumer: mentions })
        wake = await think(server, alpha, { id: 'm1' })
      }
      await using server = await startServer({ config: { rooms }, folder })
      expect((await withText(server)).map(({ final_text }) => final_text)).toEqual([TEXT])
      expect((await operate(server, wake, 'publish')).status).toBe(200)
      expect(await history(server)).toHaveLength(2)
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  })

  test('that is published while another turn runs does not count as said in it', async () => {
    await using server = await startServer({ config: { rooms } })
    await using alpha = await attach(server.url, { agent: 'alpha', consumer: mentions })
    const wake = await think(server, alpha, { id: 'm1' })
    await say(server, { id: 'm2', text: '@alpha and another one?' })
    const frame = await alpha.event('message.created')
    alpha.status(frame, 'turn_started')
    await delivered(server, { id: 'm2', agent: 'alpha', state: 'turn_started' })
    expect((await operate(server, wake, 'publish')).status).toBe(200)
    end(alpha, frame, '')
    await delivered(server, { id: 'm2', agent: 'alpha', state: 'silent' })
    expect((await deliveries(server, 'm1'))['alpha']?.state).toBe('spoke')
  })

  test('is listed page by page, and with no other state', async () => {
    await using server = await startServer({ config: { rooms } })
    await using alpha = await attach(server.url, { agent: 'alpha', consumer: mentions })
    const ids: string[] = []
    for (const id of ['m1', 'm2', 'm3']) ids.push((await think(server, alpha, { id, text: `text ${id}` })).id)
    await think(server, alpha, { id: 'quiet', text: '' })
    const first = await wakesOf(server, '/v1/agents/alpha/wakes?final_text=held&state=silent&limit=2')
    expect(first.map(({ id }) => id)).toEqual(ids.slice(1))
    const older = await wakesOf(server, `/v1/wakes?final_text=held&before=${first[0]?.id}`)
    expect(older.map(({ id }) => id)).toEqual(ids.slice(0, 1))
    for (const query of ['final_text=held&state=dead', 'final_text=all'])
      expect((await server.request(`/v1/wakes?${query}`)).status).toBe(422)
  })
})
