/**
 * Prints what the hot paths cost: `bun packages/protocol/test/measure.ts`. Not a test, because times depend
 * on the machine; the aim for reading a 600-byte message is under 10 µs.
 */
import {
  compileSubscription,
  CreateMessage,
  createMentionDirectory,
  EventFrame,
  evaluateWake,
  isTargeted,
  Message,
  parseJson,
  parseWakeText,
  renderWake,
  resolveMentions,
  Subscription,
} from '../src/index.ts'

const request = {
  id: 'msg_5f2c01d9-a7e3-40b8-9c57-0b6f1d3e7a91',
  target: { kind: 'room', room_id: 'general' },
  from: { type: 'agent', id: 'alpha', name: 'Alpha' },
  parts: [{ kind: 'text', text: `@member_7 ${'words of a message '.repeat(22)}` }],
  mentions: ['member_9'],
}
const raw = JSON.stringify(request)
const message = Message.parse({
  ...request,
  network_id: 'net_a',
  origin: { network_id: 'net_a', message_id: request.id },
  from: { ...request.from, network_id: 'net_a', fqid: 'molt://net_a/agents/alpha' },
  mentions: ['molt://net_a/agents/member_7', 'molt://net_a/agents/member_9'],
  created_at: '2026-04-01T09:00:00.123000000Z',
})
const frame = {
  op: 'EVENT',
  version: 'moltnet.attach.v1',
  network_id: 'net_a',
  cursor: 'evt_00000000.1',
  event: {
    id: 'evt_00000000.1',
    type: 'message.created',
    network_id: 'net_a',
    created_at: message.created_at,
    message,
  },
}
const members = Array.from({ length: 1_000 }, (_, index) => `member_${index}`)
const directory = createMentionDirectory({ networkId: 'net_a', members })
const subscription = compileSubscription(
  Subscription.parse({ rooms: [{ id: 'general', wake: 'mentions' }], dms: { enabled: true } }),
)
const view = { networkId: 'net_a', agentId: 'member_9', message }
const body = CreateMessage.parse(request)
const wake = renderWake({ messages: [message], nonce: '5f2c01d9a7e340b8' })
const hostile = '@a:'.repeat(350_000)

function measure(name: string, rounds: number, work: () => unknown): void {
  for (let round = 0; round < rounds / 10; round++) work()
  const start = performance.now()
  for (let round = 0; round < rounds; round++) work()
  const micros = ((performance.now() - start) * 1_000) / rounds
  process.stdout.write(`${name.padEnd(58)} ${micros.toFixed(2).padStart(10)} µs\n`)
}

measure(`parseJson, ${raw.length} bytes`, 100_000, () => parseJson(raw))
measure('CreateMessage.parse of the same', 100_000, () => CreateMessage.parse(request))
measure('EventFrame.parse', 100_000, () => EventFrame.parse(frame))
measure('createMentionDirectory, 1,000 members', 200, () =>
  createMentionDirectory({ networkId: 'n', members }),
)
measure('resolveMentions, 1,000 members', 100_000, () =>
  resolveMentions({ mentions: body.mentions, parts: body.parts, directory }),
)
measure('resolveMentions, 1 MB of `@a:`', 20, () =>
  resolveMentions({ parts: [{ kind: 'text', text: hostile }], directory }),
)
measure('evaluateWake', 100_000, () => evaluateWake({ ...view, subscription }))
measure('evaluateWake, not mentioned', 100_000, () =>
  evaluateWake({ ...view, agentId: 'member_500', subscription }),
)
measure('isTargeted, not mentioned', 100_000, () => isTargeted({ ...view, agentId: 'member_500' }))
measure('renderWake', 100_000, () => renderWake({ messages: [message], nonce: '5f2c01d9a7e340b8' }))
measure('parseWakeText', 100_000, () => parseWakeText(wake))
