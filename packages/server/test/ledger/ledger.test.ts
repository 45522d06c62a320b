import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { DeliveryPage, EventFrame, WakePage } from '@moltnet/protocol'
import { TestClock } from '../support/clock.ts'
import { delivered, deliveries, stepsOf, wakesOf } from '../support/ledger.ts'
import { say } from '../support/messages.ts'
import { attach, durable, type TestSocket } from '../support/socket.ts'
import { startServer, type TestServer } from '../support/start-server.ts'
import { eventually } from '../support/wait.ts'

const NAMES = Array.from({ length: 40 }, (_, n) => `a${n}`)
const ROOMS = [
  { id: 'general', members: [...NAMES, 'sender'] },
  { id: 'side', members: [...NAMES, 'sender'] },
]
const DAY = 86_400

let server: TestServer
let next = 0

beforeAll(async () => {
  server = await startServer({ config: { rooms: ROOMS } })
})

afterAll(() => server.stop())

const freshAgent = () => NAMES[next++] as string
const mentions = durable({ general: 'mentions', side: 'mentions' })

type Status = [state: 'turn_started' | 'turn_ended', detail?: object]

function status(socket: TestSocket, frame: EventFrame, ...[state, detail]: Status): void {
  socket.send({ op: 'STATUS', cursor: frame.cursor, state, detail })
}

/** Mentions an agent and takes the wake. */
async function wake(
  socket: TestSocket,
  agent: string,
  text = `@${agent}`,
): Promise<{ id: string; frame: EventFrame }> {
  const { message_id: id } = await say(server, { text })
  return { id, frame: await socket.event('message.created') }
}

describe('the ledger of a durable consumer', () => {
  test('tells each step up to what the agent said', async () => {
    const agent = freshAgent()
    await using socket = await attach(server.url, { agent, consumer: mentions })
    const { id, frame } = await wake(socket, agent)
    const sent = await delivered(server, { id, agent, state: 'sent' })
    expect(sent).toMatchObject({ durable: true, cause: 'mention', attempts: 0, sends: 1 })
    status(socket, frame, 'turn_started')
    await delivered(server, { id, agent, state: 'turn_started' })
    await say(server, { from: agent, text: 'here' })
    status(socket, frame, 'turn_ended', { outcome: 'delivered' })
    await delivered(server, { id, agent, state: 'turn_ended' })
    socket.ack(frame)
    const spoke = await delivered(server, { id, agent, state: 'spoke' })
    expect(stepsOf(spoke)).toEqual(['stored', 'pending', 'sent', 'turn_started', 'turn_ended', 'spoke'])
    expect(spoke.steps.map(({ at }) => at)).toEqual(spoke.steps.map(({ at }) => at).toSorted())
  })

  test('an agent that says nothing there during its turn was silent, and its last text is kept', async () => {
    const agent = freshAgent()
    await using socket = await attach(server.url, { agent, consumer: mentions })
    const { id, frame } = await wake(socket, agent)
    await say(server, { from: agent, text: 'before the turn' })
    status(socket, frame, 'turn_started')
    await delivered(server, { id, agent, state: 'turn_started' })
    await say(server, { from: agent, room: 'side', text: 'elsewhere' })
    await say(server, { text: 'somebody else' })
    status(socket, frame, 'turn_ended', { outcome: 'delivered', final_text: 'the answer' })
    await delivered(server, { id, agent, state: 'turn_ended' })
    await say(server, { from: agent, text: 'after the turn' })
    socket.ack(frame)
    expect(await delivered(server, { id, agent, state: 'silent' })).toMatchObject({
      final_text: 'the answer',
    })
  })

  test('what the runtime was refused is kept with the end of the turn, within bounds', async () => {
    const agent = freshAgent()
    await using socket = await attach(server.url, { agent, consumer: mentions })
    const { id, frame } = await wake(socket, agent)
    status(socket, frame, 'turn_started')
    const warnings = ['denied Bash', 7, ...Array.from({ length: 30 }, () => 'x'.repeat(900))]
    status(socket, frame, 'turn_ended', { outcome: 'delivered', warnings, final_text: '😀'.repeat(9_000) })
    socket.ack(frame)
    const silent = await delivered(server, { id, agent, state: 'silent' })
    const kept = silent.steps.find(({ step }) => step === 'turn_ended')?.warnings ?? []
    expect(kept).toEqual(['denied Bash', ...Array.from({ length: 15 }, () => 'x'.repeat(500))])
    expect(silent.final_text).toBe('😀'.repeat(8_192))
  })

  test('without a word about the turn, an ACK says no more than that', async () => {
    const agent = freshAgent()
    await using socket = await attach(server.url, { agent, consumer: mentions })
    const { id, frame } = await wake(socket, agent)
    socket.ack(frame)
    expect(stepsOf(await delivered(server, { id, agent, state: 'acked' }))).toEqual([
      'stored',
      'pending',
      'sent',
      'acked',
    ])
  })

  test('failures are told with their reasons, to the last', async () => {
    const agent = freshAgent()
    const own = await startServer({ config: { rooms: ROOMS, delivery: { max_attempts: 2 } } })
    try {
      await using socket = await attach(own.url, { agent, consumer: mentions })
      const { message_id: id } = await say(own, { text: `@${agent}` })
      const first = await socket.event()
      status(socket, first, 'turn_started')
      socket.nack(first, 'failed', { error: 'exit 1' })
      const failed = await delivered(own, { id, agent, state: 'failed' })
      expect(failed).toMatchObject({ reason: 'failed', error: 'exit 1', attempts: 1 })
      expect(failed.next_try_at).toBeString()
      socket.nack(await socket.event(), 'timeout', { error: 'too long' })
      const dead = await delivered(own, { id, agent, state: 'dead' })
      expect(dead).toMatchObject({ attempts: 2, sends: 2, error: 'too long' })
      expect(stepsOf(dead)).toEqual([
        'stored',
        'pending',
        'sent',
        'turn_started',
        'failed',
        'sent',
        'failed',
        'dead',
      ])
    } finally {
      await own.stop()
    }
  })

  test('a message that the scan has not met is stored, and its wake comes when the agent is back', async () => {
    const agent = freshAgent()
    await (await attach(server.url, { agent, consumer: mentions })).close()
    const { message_id: id } = await say(server, { text: `@${agent}` })
    expect((await deliveries(server, id))[agent]).toMatchObject({ state: 'stored', durable: true })
    await using socket = await attach(server.url, { agent, consumer: mentions })
    await socket.event()
    expect((await deliveries(server, id))[agent]).toMatchObject({ state: 'sent' })
  })

  test('a mentioned member that never attached has no consumer', async () => {
    const agent = freshAgent()
    const { message_id: id } = await say(server, { text: `@${agent} and @nobody` })
    const known = await deliveries(server, id)
    expect(Object.keys(known)).toEqual([agent])
    expect(known[agent]).toMatchObject({ state: 'no_consumer', cause: 'mention', attempts: 0 })
    expect(known[agent]?.id).toBeUndefined()
  })

  test('a wake whose conversation left the subscription is dismissed', async () => {
    const agent = freshAgent()
    const socket = await attach(server.url, { agent, consumer: mentions })
    const { id } = await wake(socket, agent)
    await socket.close()
    await using again = await attach(server.url, { agent, consumer: durable({ side: 'mentions' }) })
    expect(again.ready.consumer?.pending).toBe(0)
    expect(stepsOf(await delivered(server, { id, agent, state: 'dismissed' }))).toContain('lost')
  })
})

describe('the ledger of a v1 socket', () => {
  test('has targeted messages alone: sent, then acked or closed', async () => {
    const agent = freshAgent()
    const socket = await attach(server.url, { agent })
    const plain = await say(server, { text: 'for nobody' })
    const { message_id: acked } = await say(server, { text: `@${agent} one` })
    const { message_id: lost } = await say(server, { text: `@${agent} two` })
    const frame = await socket.until(
      (sent) =>
        sent.op === 'EVENT' && sent.event.type === 'message.created' && sent.event.message.id === acked,
    )
    expect(await delivered(server, { id: acked, agent, state: 'sent' })).toMatchObject({ durable: false })
    socket.ack(frame as EventFrame)
    expect(stepsOf(await delivered(server, { id: acked, agent, state: 'acked' }))).toEqual([
      'stored',
      'sent',
      'acked',
    ])
    await socket.close()
    expect(stepsOf(await delivered(server, { id: lost, agent, state: 'closed' }))).toEqual([
      'stored',
      'sent',
      'closed',
    ])
    expect(await deliveries(server, plain.message_id)).toEqual({})
  })
})

describe('reading the ledger', () => {
  test('lists the wakes of an agent in pages, and by state', async () => {
    const agent = freshAgent()
    const socket = await attach(server.url, { agent, consumer: mentions })
    const ids: string[] = []
    for (let n = 0; n < 5; n++) {
      const { id, frame } = await wake(socket, agent)
      ids.push(id)
      if (n < 3) socket.ack(frame)
    }
    await delivered(server, { id: ids[2] as string, agent, state: 'acked' })
    const all = await wakesOf(server, `/v1/agents/${agent}/wakes`)
    expect(all.map((one) => one.message_id as string)).toEqual(ids)
    const open = await wakesOf(server, `/v1/agents/${agent}/wakes?state=sent`)
    expect(open.map((one) => one.message_id as string)).toEqual(ids.slice(3))
    const path = `/v1/agents/${agent}/wakes?limit=2`
    const newest = await server.json<WakePage>(path)
    expect(newest.body.page).toEqual({ has_more: true, next_before: all[3]?.id })
    const before = await server.json<WakePage>(`${path}&before=${newest.body.page.next_before}`)
    expect(before.body.wakes).toEqual(all.slice(1, 3))
    const after = await server.json<WakePage>(`${path}&after=${all[2]?.id}`)
    expect(after.body).toEqual({ wakes: all.slice(3), page: { has_more: false } })
    expect((await server.json(`${path}&after=wake_zzzzzz`)).status).toBe(422)
    expect((await server.json('/v1/wakes?state=unheard')).status).toBe(422)
    await socket.close()
  })

  test('pages the deliveries of a message by agent', async () => {
    const agents = [freshAgent(), freshAgent(), freshAgent()].toSorted()
    const { message_id: id } = await say(server, { text: agents.map((name) => `@${name}`).join(' ') })
    const page = await server.json<DeliveryPage>(`/v1/messages/${id}/deliveries?limit=2`)
    expect(page.body.deliveries.map((one) => one.agent_id)).toEqual(agents.slice(1))
    expect(page.body.page).toEqual({ has_more: true, next_before: agents[1] })
    expect((await server.json('/v1/messages/msg_unknown/deliveries')).status).toBe(404)
  })

  test('an agent sees its own lines alone, and nobody but observers the text that was not said', async () => {
    const tokens = [
      { id: 'ops', value: 'ops-token', scopes: ['admin'] },
      { id: 'see', value: 'see-token', scopes: ['observe'] },
      { id: 'in', value: 'in-token', scopes: ['attach', 'write'], agents: ['in'] },
      { id: 'out', value: 'out-token', scopes: ['attach', 'write'], agents: ['out'] },
    ]
    const rooms = [{ id: 'general', members: ['in', 'out'] }]
    await using own = await startServer({ config: { rooms, auth: { mode: 'bearer', tokens } } })
    await using socket = await attach(own.url, {
      agent: 'in',
      token: 'in-token',
      consumer: durable({ general: 'all' }),
    })
    const { message_id: id } = await say(own, { from: 'out', token: 'out-token' })
    const frame = await socket.event()
    status(socket, frame, 'turn_started')
    status(socket, frame, 'turn_ended', { final_text: 'secret' })
    socket.ack(frame)
    const own1 = async (token: string) => (await deliveries(own, id, token))['in']
    expect(await own1('see-token')).toMatchObject({ state: 'silent', final_text: 'secret' })
    expect(await own1('in-token')).toMatchObject({ state: 'silent' })
    expect((await own1('in-token'))?.final_text).toBeUndefined()
    expect((await wakesOf(own, '/v1/agents/in/wakes', 'in-token'))[0]?.final_text).toBeUndefined()
    const refusals = [
      [`/v1/messages/${id}/deliveries`, 'out-token', 404],
      [`/v1/messages/${id}/deliveries`, undefined, 401],
      ['/v1/agents/in/wakes', 'out-token', 403],
      ['/v1/wakes', 'in-token', 403],
    ] as const
    for (const [path, token, expected] of refusals)
      expect((await own.json(path, { token })).status).toBe(expected)
  })
})

describe('the ledger over time', () => {
  test('survives a restart of the server in the middle of a turn, and what the agent says meanwhile counts', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'moltnet-ledger-'))
    try {
      const config = { rooms: ROOMS }
      const first = await startServer({ config, folder })
      const socket = await attach(first.url, { agent: 'a0', consumer: mentions })
      const { message_id: id } = await say(first, { text: '@a0' })
      const frame = await socket.event()
      status(socket, frame, 'turn_started')
      await delivered(first, { id, agent: 'a0', state: 'turn_started' })
      await first.stop()
      const second = await startServer({ config, folder })
      await say(second, { from: 'a0', text: 'still at it' })
      const again = await attach(second.url, { agent: 'a0', consumer: mentions })
      again.ack(frame)
      const spoke = await delivered(second, { id, agent: 'a0', state: 'spoke' })
      expect(stepsOf(spoke).slice(0, 5)).toEqual(['stored', 'pending', 'sent', 'turn_started', 'lost'])
      await again.close()
      await second.stop()
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  })

  test('forgets what ended longer ago than events are kept', async () => {
    const clock = new TestClock()
    const config = { rooms: ROOMS, storage: { events: { max_age: '2d' } } }
    await using own = await startServer({ config, clock: clock.read })
    const socket = await attach(own.url, { agent: 'a0', consumer: mentions, autoAck: true })
    const { message_id: id } = await say(own, { text: '@a0' })
    await delivered(own, { id, agent: 'a0', state: 'acked' })
    clock.jump(DAY)
    await say(own, { text: 'later' })
    expect(await wakesOf(own, '/v1/agents/a0/wakes')).toHaveLength(1)
    clock.jump(2 * DAY)
    await say(own, { text: 'much later' })
    await eventually(async () => (await wakesOf(own, '/v1/agents/a0/wakes')).length === 0, 'the sweep')
    await socket.close()
  })

  test('keeps what is open, or waits for an operator, however old it is', async () => {
    const clock = new TestClock()
    const config = { rooms: ROOMS, storage: { events: { max_age: '2d' } } }
    await using own = await startServer({ config, clock: clock.read })
    const approving = { durable: true, rooms: [{ id: 'general', wake: 'mentions', approval: true }] }
    await using open = await attach(own.url, { agent: 'a0', consumer: mentions })
    await (await attach(own.url, { agent: 'a1', consumer: approving })).close()
    await using done = await attach(own.url, { agent: 'a2', consumer: mentions, autoAck: true })
    const { message_id: id } = await say(own, { text: '@a0 @a1 @a2' })
    await Promise.all([open.event(), done.event()])
    await delivered(own, { id, agent: 'a1', state: 'held' })
    await delivered(own, { id, agent: 'a2', state: 'acked' })
    clock.jump(30 * DAY)
    const states = async () =>
      (await wakesOf(own, '/v1/wakes')).map(({ agent_id, state }) => `${agent_id} ${state}`).toSorted()
    // The clock has passed the end of its time: only what has ended goes.
    await eventually(async () => (await states()).length === 2, 'the sweep')
    expect(await states()).toEqual(['a0 sent', 'a1 held'])
    const [held] = await wakesOf(own, '/v1/wakes?state=held')
    expect((await own.json(`/v1/wakes/${held?.id}/approve`, { method: 'POST' })).status).toBe(200)
    await using back = await attach(own.url, { agent: 'a1', consumer: approving })
    expect(await back.event('message.created')).toMatchObject({ event: { message: { id } } })
  })
})
