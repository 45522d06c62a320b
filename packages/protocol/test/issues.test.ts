import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { z } from 'zod'
import {
  ClientFrame,
  CreateMessage,
  CreateRoom,
  describeIssues,
  RegisterAgent,
  UpdateRoomMembers,
} from '../src/index.ts'

function describeFor(schema: z.ZodType, input: unknown) {
  const result = schema.safeParse(input)
  if (result.success) throw new Error('the schema took the value')
  return describeIssues(result.error, input)
}

const good = {
  target: { kind: 'room', room_id: 'general' },
  from: { type: 'agent', id: 'alpha' },
  parts: [{ kind: 'text', text: 'hello' }],
}

describe('a value of the wrong JSON type is a bad request', () => {
  test.each<[unknown, string]>([
    [[], 'must be an object, not an array'],
    [null, 'must be an object, not null'],
    ['text', 'must be an object, not a string'],
    [7, 'must be an object, not a number'],
    [{ ...good, id: 7 }, 'id: must be a string, not a number'],
    [{ ...good, target: 'room:general' }, 'target: must be an object, not a string'],
    [
      { ...good, target: { kind: 5 } },
      'target.kind: must be a string, not a number (allowed: room, thread, dm)',
    ],
    [{ ...good, target: { kind: 'room', room_id: 7 } }, 'target.room_id: must be a string, not a number'],
    [
      { ...good, from: { type: true, id: 'a' } },
      'from.type: must be a string, not a boolean (allowed: agent, human)',
    ],
    [{ ...good, parts: 'hello' }, 'parts: must be an array, not a string'],
    [{ ...good, parts: [7] }, 'parts[0]: must be an object, not a number'],
    [{ ...good, parts: [{ kind: 'data', data: [7] }] }, 'parts[0].data: must be an object, not an array'],
    [{ ...good, parts: [{ kind: 'text', text: {} }] }, 'parts[0].text: must be a string, not an object'],
    [{ ...good, mentions: 'beta' }, 'mentions: must be an array, not a string'],
    [{ ...good, mentions: ['a', 7] }, 'mentions[1]: must be a string, not a number'],
    [{ ...good, mentions: '' }, 'mentions: must be an array, not a string'],
    [{ ...good, from: { ...good.from, name: [] } }, 'from.name: must be a string, not an array'],
  ])('%j', (input, message) => {
    expect(describeFor(CreateMessage, input)).toEqual({ status: 'bad_request', message })
  })
})

const idRule =
  'must start with a letter or digit and hold only letters, digits and . _ : - (at most 128 characters)'

describe('a broken rule is unprocessable', () => {
  test.each<[unknown, string]>([
    [
      {},
      'target: is required and must be an object; from: is required and must be an object; ' +
        'parts: is required and must be an array',
    ],
    [{ ...good, target: null }, 'target: is required and must be an object'],
    [{ ...good, target: {} }, 'target.kind: is required (allowed: room, thread, dm)'],
    [{ ...good, target: { kind: null } }, 'target.kind: is required (allowed: room, thread, dm)'],
    [
      { ...good, target: { kind: 'rooms' } },
      'target.kind: is none of the known values (allowed: room, thread, dm)',
    ],
    [{ ...good, target: { kind: 'room' } }, 'target.room_id: is required and must be a string'],
    [{ ...good, target: { kind: 'room', room_id: '' } }, `target.room_id: ${idRule}`],
    [{ ...good, target: { kind: 'room', room_id: 'a b' } }, `target.room_id: ${idRule}`],
    [
      { ...good, target: { kind: 'dm', dm_id: 'a', participant_ids: ['a', 'a'] } },
      'target.participant_ids: must name at least 2 different participants',
    ],
    [
      {
        ...good,
        target: {
          kind: 'dm',
          dm_id: 'a',
          participant_ids: Array.from({ length: 257 }, (_, index) => `a${index}`),
        },
      },
      'target.participant_ids: must have at most 256 entries',
    ],
    [{ ...good, from: { id: 'a' } }, 'from.type: is required (allowed: agent, human)'],
    [
      { ...good, from: { type: 'robot', id: 'a' } },
      'from.type: is none of the known values (allowed: agent, human)',
    ],
    [
      { ...good, from: { type: 'agent', id: 'a b' } },
      'from.id: must be an agent id: alpha, net_a:alpha or molt://net_a/agents/alpha',
    ],
    [{ ...good, parts: [] }, 'parts: a message needs at least one part'],
    [{ ...good, parts: null }, 'parts: is required and must be an array'],
    [
      { ...good, parts: [{ text: 'x' }] },
      'parts[0].kind: is required (allowed: text, url, data, file, image, audio)',
    ],
    [
      { ...good, parts: [...good.parts, { kind: 'video' }] },
      'parts[1].kind: is none of the known values (allowed: text, url, data, file, image, audio)',
    ],
    [
      { ...good, parts: [{ kind: 'url', url: 'ftp://x' }] },
      'parts[0].url: must be an http or https URL with a host, or a molt URL',
    ],
    [{ ...good, id: 'a/b' }, `id: ${idRule}`],
  ])('%j', (input, message) => {
    expect(describeFor(CreateMessage, input)).toEqual({ status: 'unprocessable_entity', message })
  })
})

describe('the description', () => {
  test('is a bad request as soon as one value has the wrong type', () => {
    const described = describeFor(CreateMessage, { ...good, id: 7, parts: [] })
    expect(described.status).toBe('bad_request')
    expect(described.message).toBe(
      'id: must be a string, not a number; parts: a message needs at least one part',
    )
  })

  test('names eight faults and counts the rest', () => {
    const { message } = describeFor(CreateMessage, { ...good, mentions: Array(20).fill(7) })
    expect(message.split('; ')).toHaveLength(9)
    expect(message).toEndWith('; and 12 more')
  })

  test('tells an unknown op of a frame', () => {
    expect(describeFor(ClientFrame, { op: 'HELLO', version: 'moltnet.attach.v1' })).toEqual({
      status: 'unprocessable_entity',
      message: 'op: is none of the known values (allowed: IDENTIFY, ACK, NACK, STATUS, PING, PONG, ERROR)',
    })
    expect(describeFor(ClientFrame, { op: 'PING', version: 'moltnet.attach.v2' }).message).toBe(
      'version: is none of the known values (allowed: moltnet.attach.v1)',
    )
  })

  interface Case {
    what: string
    schema: z.ZodType
    input: unknown
    message: string
  }
  const cases: Case[] = [
    { what: 'a room id', schema: CreateRoom, input: { id: '/' }, message: `id: ${idRule}` },
    {
      what: 'a member',
      schema: CreateRoom,
      input: { id: 'a', members: ['b', 'c d'] },
      message: 'members[1]: must be an agent id: alpha, net_a:alpha or molt://net_a/agents/alpha',
    },
    {
      what: 'a policy',
      schema: CreateRoom,
      input: { id: 'a', write_policy: 'anyone' },
      message: 'write_policy: is none of the known values (allowed: members, registered_agents, operators)',
    },
    {
      what: 'a list',
      schema: UpdateRoomMembers,
      input: { add: 'b' },
      message: 'add: must be an array, not a string',
    },
    {
      what: 'an agent id',
      schema: RegisterAgent,
      input: { requested_agent_id: 'net_a:alpha' },
      message:
        'requested_agent_id: must start with a letter or digit and hold only letters, digits and . _ - ' +
        '(at most 128 characters)',
    },
  ]

  test.each(cases)('names $what', ({ schema, input, message }) => {
    expect(describeFor(schema, input).message).toBe(message)
  })

  test('takes the closest branch of a plain union', () => {
    const schema = z.object({
      rule: z.union([z.number(), z.object({ wake: z.enum(['all']), id: z.string() })]),
    })
    expect(describeFor(schema, { rule: { wake: 'none', id: 'x' } })).toEqual({
      status: 'unprocessable_entity',
      message: 'rule.wake: is none of the known values (allowed: all)',
    })
    expect(describeFor(schema, { rule: true }).status).toBe('bad_request')
  })

  test('tells integers from numbers', () => {
    const schema = z.object({ window: z.int().min(1) })
    expect(describeFor(schema, { window: 1.5 })).toEqual({
      status: 'unprocessable_entity',
      message: 'window: must be an integer',
    })
    expect(describeFor(schema, { window: '1' })).toEqual({
      status: 'bad_request',
      message: 'window: must be a number, not a string',
    })
    expect(describeFor(schema, { window: 0 }).status).toBe('unprocessable_entity')
  })

  test('is one line and repeats no value, for any input', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue()),
        fc.uuid(),
        (extra, secret) => {
          const input = {
            ...extra,
            target: { kind: secret },
            from: { type: secret, id: secret.padEnd(200, '-') },
            parts: [{ kind: secret, url: secret }],
            id: `/${secret}`,
          }
          const { message } = describeFor(CreateMessage, input)
          expect(message).not.toContain(secret)
          expect(message).not.toMatch(/[\p{Cc}\p{Cf}]/u)
        },
      ),
    )
  })

  test('shows a hostile key as one short line', () => {
    const schema = z.object({ env: z.record(z.string(), z.string()) })
    const key = `a\n\u202e${'b'.repeat(1_000)}`
    expect(describeFor(schema, { env: { [key]: 7 } }).message).toBe(
      `env.a ${'b'.repeat(62)}: must be a string, not a number`,
    )
  })

  test('looks at own keys only', () => {
    const schema = z.object({ toString: z.string() })
    expect(describeFor(schema, {}).status).toBe('unprocessable_entity')
  })
})
