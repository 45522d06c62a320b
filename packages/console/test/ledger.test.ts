import { AgentEventPayload, Delivery } from '@moltnet/protocol'
import { expect, test } from 'bun:test'
import { Ledger } from '../src/data/ledger.ts'

const delivery = (state: string, over: Record<string, unknown> = {}) =>
  Delivery.parse({
    message_id: 'msg_1',
    agent_id: 'alpha',
    target: { kind: 'room', room_id: 'general' },
    durable: true,
    cause: 'mention',
    state,
    attempts: 0,
    sends: 1,
    created_at: '2026-01-01T00:00:00Z',
    ...over,
  })

/** A server that answers what it is told to, and what it was asked. */
function answering(state: string) {
  const server = { state, asked: [] as string[] }
  const ledger = new Ledger({
    listDeliveries: (id) => {
      server.asked.push(id)
      return Promise.resolve({ deliveries: [delivery(server.state)], page: { has_more: false } })
    },
  })
  return { server, ledger }
}

/** Resolves at the next change of what is known of a message. */
function nextChange(ledger: Ledger, id: string): { changed: Promise<void>; leave: () => void } {
  const { promise, resolve } = Promise.withResolvers<void>()
  return { changed: promise, leave: ledger.subscribe(id, resolve) }
}

const wake = (state: string) =>
  AgentEventPayload.parse({
    agent_id: 'alpha',
    network_id: 'net',
    fqid: 'molt://net/agents/alpha',
    message_id: 'msg_1',
    state,
    reason: 'why',
  })

test('asks for a message that stays on screen, once, and for none that was scrolled past', async () => {
  const { server, ledger } = answering('spoke')
  const passed = ledger.subscribe('msg_2', () => undefined)
  passed()
  const { changed } = nextChange(ledger, 'msg_1')
  ledger.subscribe('msg_1', () => undefined)
  await changed
  expect(ledger.get('msg_1')?.[0]?.state).toBe('spoke')
  expect(server.asked).toEqual(['msg_1'])
})

test('an event changes the state at once, and what it does not say is asked for', async () => {
  const { server, ledger } = answering('held')
  const first = nextChange(ledger, 'msg_1')
  await first.changed
  server.state = 'dead'
  const second = nextChange(ledger, 'msg_1')
  ledger.apply(wake('dead'))
  await second.changed
  expect(ledger.get('msg_1')?.[0]).toMatchObject({ state: 'dead', reason: 'why' })
  await nextChange(ledger, 'msg_1').changed
  expect(ledger.get('msg_1')?.[0]?.reason).toBeUndefined()
  expect(server.asked).toEqual(['msg_1', 'msg_1'])
})

test('an event about a message that is not on screen makes it unknown', async () => {
  const { ledger } = answering('spoke')
  const { changed, leave } = nextChange(ledger, 'msg_1')
  await changed
  leave()
  ledger.apply(wake('dead'))
  expect(ledger.get('msg_1')).toBeUndefined()
})

test('takes over what the server answered to an action of the viewer', async () => {
  const { ledger } = answering('held')
  await nextChange(ledger, 'msg_1').changed
  ledger.set(delivery('dismissed'))
  expect(ledger.get('msg_1')?.map(({ state }) => state)).toEqual(['dismissed'])
})
