import fc from 'fast-check'
import { Message } from '../src/index.ts'

/** A stored message of `net_a`: beta says hello in room `general`. */
export function messageWith(change: Record<string, unknown> = {}): Message {
  return Message.parse({
    id: 'msg_1',
    network_id: 'net_a',
    origin: { network_id: 'net_a', message_id: 'msg_1' },
    target: { kind: 'room', room_id: 'general' },
    from: {
      type: 'agent',
      id: 'beta',
      name: 'Beta',
      network_id: 'net_a',
      fqid: 'molt://net_a/agents/beta',
    },
    parts: [{ kind: 'text', text: 'hello' }],
    created_at: '2026-04-01T09:00:00.123000000Z',
    ...change,
  })
}

export const roomTarget = { kind: 'room', room_id: 'general' }
export const threadTarget = { kind: 'thread', room_id: 'general', thread_id: 'topic' }
export const dmTarget = { kind: 'dm', dm_id: 'dm_1', participant_ids: ['alpha', 'beta'] }

const idStart = 'ABCXYZabcxyz0189'
const idRest = `${idStart}._-`

/** A generic id; a colon only where `colons` asks for it. */
export function genericId(options: { colons?: boolean; maxLength?: number } = {}): fc.Arbitrary<string> {
  const rest = options.colons ? `${idRest}:` : idRest
  const characters = (from: string) => fc.constantFrom(...from.split(''))
  return fc
    .tuple(
      characters(idStart),
      fc.string({ unit: characters(rest), maxLength: (options.maxLength ?? 128) - 1 }),
    )
    .map(([first, others]) => first + others)
}

/** Any text at all: half surrogates, controls and line breaks of every kind included. */
export const anyText: fc.Arbitrary<string> = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: 'grapheme' }),
  fc
    .array(fc.integer({ min: 0, max: 0xffff }))
    .map((codes) => codes.map((code) => String.fromCharCode(code)).join('')),
  fc.string({
    unit: fc.constantFrom('\n', '\r', '\u2028', '\u2029', '\u0085', '\u000b', ' ', '>', '<', '-', 'a'),
  }),
)
