import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import type { z } from 'zod'
import {
  Actor,
  AgentSummary,
  ApplyRequest,
  artifactId,
  conversationKey,
  CreateMessage,
  CreateRoom,
  isArtifact,
  isPartUrl,
  Message,
  MessagePage,
  Network,
  Part,
  PartClaim,
  PartKind,
  RegisterAgent,
  Room,
  RoomPage,
  Target,
  TargetClaim,
  Thread,
  UpdateRoomMembers,
} from '../src/index.ts'
import { messageWith } from './fixtures.ts'

const request = {
  target: { kind: 'room', room_id: 'general' },
  from: { type: 'agent', id: 'alpha' },
  parts: [{ kind: 'text', text: 'hello' }],
}

function takes(schema: z.ZodType, value: unknown): boolean {
  return schema.safeParse(value).success
}

/** The value as it would be written again. */
function rewritten(schema: z.ZodType, value: unknown): unknown {
  return JSON.parse(JSON.stringify(schema.parse(value)))
}

describe('a target', () => {
  test.each<[boolean, string, Record<string, unknown>]>([
    [true, 'a room', { kind: 'room', room_id: 'general' }],
    [
      true,
      'a room with the empty keys of v1',
      { kind: 'room', room_id: 'general', thread_id: '', participant_ids: null },
    ],
    [false, 'a room without id', { kind: 'room' }],
    [true, 'a thread', { kind: 'thread', room_id: 'general', thread_id: 't' }],
    [
      true,
      'a thread with parent',
      { kind: 'thread', room_id: 'general', thread_id: 't', parent_message_id: 'm' },
    ],
    [
      true,
      'a thread with an empty parent',
      { kind: 'thread', room_id: 'general', thread_id: 't', parent_message_id: '' },
    ],
    [
      false,
      'a thread with a malformed parent',
      { kind: 'thread', room_id: 'g', thread_id: 't', parent_message_id: '/' },
    ],
    [false, 'a thread without room', { kind: 'thread', thread_id: 't' }],
    [false, 'a thread without id', { kind: 'thread', room_id: 'general' }],
    [true, 'a DM', { kind: 'dm', dm_id: 'd', participant_ids: ['a', 'net_b:b', 'molt://net_c/agents/c'] }],
    [false, 'a DM without participants', { kind: 'dm', dm_id: 'd' }],
    [false, 'a DM with one', { kind: 'dm', dm_id: 'd', participant_ids: ['a'] }],
    [false, 'a DM with the same one twice', { kind: 'dm', dm_id: 'd', participant_ids: ['a', 'a'] }],
    [false, 'a DM with a malformed one', { kind: 'dm', dm_id: 'd', participant_ids: ['a', 'b c'] }],
    [
      true,
      'a DM of 256',
      { kind: 'dm', dm_id: 'd', participant_ids: Array.from({ length: 256 }, (_, i) => `a${i}`) },
    ],
    [
      false,
      'a DM of 257',
      { kind: 'dm', dm_id: 'd', participant_ids: Array.from({ length: 257 }, (_, i) => `a${i}`) },
    ],
    [false, 'another kind', { kind: 'channel', room_id: 'general' }],
    [false, 'no kind', { room_id: 'general' }],
  ])('%p: %s', (expected, _, target) => {
    expect(takes(Target, target)).toBe(expected)
  })

  test('of a request may leave out what the server knows of the conversation', () => {
    expect(rewritten(TargetClaim, { kind: 'thread', thread_id: 't' })).toEqual({
      kind: 'thread',
      thread_id: 't',
    })
    expect(rewritten(TargetClaim, { kind: 'thread', thread_id: 't', room_id: '' })).toEqual({
      kind: 'thread',
      thread_id: 't',
    })
    expect(rewritten(TargetClaim, { kind: 'dm', dm_id: 'd', participant_ids: null })).toEqual({
      kind: 'dm',
      dm_id: 'd',
    })
    expect(takes(TargetClaim, { kind: 'dm', dm_id: 'd', participant_ids: ['a'] })).toBe(false)
    expect(takes(TargetClaim, { kind: 'room' })).toBe(false)
    expect(takes(TargetClaim, { kind: 'thread' })).toBe(false)
  })

  test.each([
    [{ kind: 'room', room_id: 'general' }, 'room:general'],
    [{ kind: 'thread', room_id: 'general', thread_id: 't' }, 'thread:t'],
    [{ kind: 'dm', dm_id: 'd', participant_ids: ['a', 'b'] }, 'dm:d'],
  ])('%j is the conversation %s', (target, key) => {
    expect(conversationKey(Target.parse(target))).toBe(key)
  })
})

describe('a part', () => {
  test('has one of six kinds', () => {
    expect(PartKind.options).toEqual(['text', 'url', 'data', 'file', 'image', 'audio'])
    for (const kind of PartKind.options) expect(takes(Part, { kind })).toBe(true)
    for (const kind of ['', 'video', 'TEXT', null, 5]) expect(takes(Part, { kind })).toBe(false)
  })

  test('leaves out what is empty', () => {
    const empty = { kind: 'data', text: '', media_type: '', url: '', filename: '', data: {} }
    expect(rewritten(Part, empty)).toEqual({ kind: 'data' })
    const nulls = { kind: 'data', text: null, media_type: null, url: null, filename: null, data: null }
    expect(rewritten(Part, nulls)).toEqual({ kind: 'data' })
  })

  test('keeps what is not, and drops unknown keys', () => {
    const full = {
      kind: 'file',
      text: 't',
      media_type: 'm',
      url: 'http://h/',
      filename: 'f',
      data: { a: [null] },
    }
    expect(rewritten(Part, { ...full, size: 7 })).toEqual(full)
  })

  test.each([
    'http://example.com',
    'https://example.com/a?b#c',
    'HTTPS://EXAMPLE.com',
    'http://[::1]:8787/x',
    'http://user@host/',
    'https://münchen.example/',
    'https://example.com/a b',
    'molt://net_a/agents/alpha',
    'molt:anything',
  ])('may have the URL %s', (url) => {
    expect(isPartUrl(url)).toBe(true)
    for (const kind of PartKind.options) expect(takes(PartClaim, { kind, url })).toBe(true)
  })

  test.each([
    'example.com',
    '/path',
    'ftp://example.com',
    'file:///etc/passwd',
    'javascript:alert(1)',
    'data:text/plain,x',
    'http:',
    'http://',
    'http:///path',
    'http:example.com',
    'http:\\\\example.com',
    'https://?x',
    'https://#x',
    'https://:80',
    'http://user@',
    'http://a b/',
    ' http://example.com',
    'http://exa\nmple.com',
    'http://example.com/\t',
    'molt//net_a',
    'molt://net a/',
  ])('may not have the URL %j', (url) => {
    expect(isPartUrl(url)).toBe(false)
    for (const kind of PartKind.options) expect(takes(PartClaim, { kind, url })).toBe(false)
    // A stored message stays readable, whatever URL another server took.
    expect(takes(Part, { kind: 'url', url })).toBe(true)
  })

  test.each<[boolean, Record<string, unknown>]>([
    [false, { kind: 'text', text: 'x' }],
    [false, { kind: 'text', data: { a: 1 } }],
    [false, { kind: 'text', url: '', filename: '', media_type: '' }],
    [true, { kind: 'text', url: 'http://h/' }],
    [true, { kind: 'text', filename: 'f' }],
    [true, { kind: 'text', media_type: 'text/markdown' }],
    ...['url', 'data', 'file', 'image', 'audio'].map((kind): [boolean, Record<string, unknown>] => [
      true,
      { kind },
    ]),
  ])('is an artifact (%p): %j', (expected, part) => {
    expect(isArtifact(Part.parse(part))).toBe(expected)
  })

  test('gives its artifact an id', () => {
    expect(artifactId('msg_1', 2)).toBe('art_msg_1_2')
  })
})

describe('a request for a message', () => {
  test('takes what v1 programs send for nothing', () => {
    const empty = {
      ...request,
      id: '',
      origin: { network_id: '', message_id: '' },
      mentions: null,
      from: { ...request.from, name: '', network_id: '', fqid: '' },
    }
    expect(rewritten(CreateMessage, empty)).toEqual({ ...request, origin: {} })
    expect(rewritten(CreateMessage, { ...request, origin: {}, mentions: [] })).toEqual(request)
    expect(rewritten(CreateMessage, { ...request, origin: null })).toEqual(request)
  })

  test('ignores unknown keys everywhere', () => {
    const more = {
      ...request,
      priority: 7,
      target: { ...request.target, topic: 'x' },
      from: { ...request.from, role: 'admin' },
      parts: [{ ...request.parts[0], bold: true }],
    }
    expect(rewritten(CreateMessage, more)).toEqual(request)
  })

  test('takes a sender in any of the three notations', () => {
    for (const id of ['alpha', 'net_a:alpha', 'molt://net_a/agents/alpha']) {
      expect(takes(CreateMessage, { ...request, from: { type: 'human', id } })).toBe(true)
    }
    for (const id of ['', 'a b', ':a'])
      expect(takes(CreateMessage, { ...request, from: { type: 'agent', id } })).toBe(false)
  })

  test('takes an own id and an origin of the right form only', () => {
    expect(
      takes(CreateMessage, { ...request, id: 'msg_1', origin: { network_id: 'net_b', message_id: 'm' } }),
    ).toBe(true)
    for (const change of [
      { id: '-' },
      { origin: { network_id: '/' } },
      { origin: { message_id: '/' } },
      { origin: [] },
    ]) {
      expect(takes(CreateMessage, { ...request, ...change })).toBe(false)
    }
  })
})

describe('a stored message', () => {
  test('is written as it is read', () => {
    fc.assert(
      fc.property(fc.array(fc.string(), { minLength: 1 }), (mentions) => {
        const message = messageWith({ mentions })
        expect(rewritten(Message, message)).toEqual(JSON.parse(JSON.stringify(message)))
      }),
    )
  })

  test('always has an origin and a part', () => {
    const stored = JSON.parse(JSON.stringify(messageWith()))
    expect(takes(Message, { ...stored, origin: undefined })).toBe(false)
    expect(takes(Message, { ...stored, parts: [] })).toBe(false)
    expect(takes(Message, { ...stored, created_at: undefined })).toBe(false)
  })

  test('omits empty mentions', () => {
    expect('mentions' in (rewritten(Message, messageWith({ mentions: [] })) as object)).toBe(false)
  })
})

describe('an actor', () => {
  test('omits what is empty', () => {
    const empty = { type: 'human', id: 'ann', name: '', network_id: '', fqid: '' }
    expect(rewritten(Actor, empty)).toEqual({ type: 'human', id: 'ann' })
  })

  test.each([
    { id: 'a' },
    { type: 'agent' },
    { type: 'bot', id: 'a' },
    { type: 'agent', id: 'a', network_id: '/' },
  ])('is not %j', (actor) => {
    expect(takes(Actor, actor)).toBe(false)
  })
})

describe('a room', () => {
  test('of a v1 server may leave out what is the default', () => {
    const stored = { id: 'r', network_id: 'n', fqid: 'molt://n/rooms/r', name: 'r', created_at: 'x' }
    expect(Room.parse(stored)).toEqual({ ...stored, visibility: 'private', write_policy: 'members' } as Room)
    expect('members' in (rewritten(Room, { ...stored, members: [] }) as object)).toBe(false)
  })

  test('is made from an id alone, or with everything', () => {
    expect(rewritten(CreateRoom, { id: 'r' })).toEqual({ id: 'r' })
    const empty = { id: 'r', name: '', members: null, visibility: '', write_policy: '' }
    expect(rewritten(CreateRoom, empty)).toEqual({ id: 'r' })
    const full = {
      id: 'r',
      name: 'R',
      members: ['a', 'n:b'],
      visibility: 'public',
      write_policy: 'operators',
    }
    expect(rewritten(CreateRoom, full)).toEqual(full)
  })

  test.each([
    {},
    { id: '' },
    { id: 'a b' },
    { id: 'r', visibility: 'secret' },
    { id: 'r', write_policy: 'anyone' },
    { id: 'r', members: ['a b'] },
    { id: 'r', members: Array(257).fill('a') },
  ])('is not made from %j', (room) => {
    expect(takes(CreateRoom, room)).toBe(false)
  })

  test('takes 256 members per request', () => {
    const members = Array.from({ length: 256 }, (_, index) => `a${index}`)
    expect(takes(CreateRoom, { id: 'r', members })).toBe(true)
    expect(takes(UpdateRoomMembers, { add: members, remove: members })).toBe(true)
    expect(takes(UpdateRoomMembers, { add: [...members, 'b'] })).toBe(false)
    expect(rewritten(UpdateRoomMembers, { add: null, remove: [] })).toEqual({})
  })
})

describe('other objects', () => {
  test('a registration asks for an id, a name, both or nothing', () => {
    expect(rewritten(RegisterAgent, { requested_agent_id: '', name: '' })).toEqual({})
    expect(rewritten(RegisterAgent, { requested_agent_id: 'a', name: 'A' })).toEqual({
      requested_agent_id: 'a',
      name: 'A',
    })
    expect(takes(RegisterAgent, { requested_agent_id: 'a b' })).toBe(false)
  })

  test('apply names agents with a key, and rooms', () => {
    expect(ApplyRequest.parse({})).toEqual({ agents: [], rooms: [] })
    expect(
      takes(ApplyRequest, { agents: [{ id: 'a', credential_key: 'token:x' }], rooms: [{ id: 'r' }] }),
    ).toBe(true)
    for (const agent of [{ id: 'a' }, { id: 'a', credential_key: '' }, { id: 'n:a', credential_key: 'k' }]) {
      expect(takes(ApplyRequest, { agents: [agent] })).toBe(false)
    }
  })

  test('an agent always says whether it is connected', () => {
    const agent = { id: 'a', fqid: 'molt://n/agents/a', network_id: 'n' }
    expect(takes(AgentSummary, agent)).toBe(false)
    expect(takes(AgentSummary, { ...agent, connected: false })).toBe(true)
  })

  test('a thread may be without parent', () => {
    const thread = {
      id: 't',
      network_id: 'n',
      fqid: 'f',
      room_id: 'r',
      parent_message_id: '',
      message_count: 1,
    }
    expect(rewritten(Thread, thread)).toEqual({ ...thread, parent_message_id: undefined } as never)
    expect(takes(Thread, { ...thread, message_count: 1.5 })).toBe(false)
  })

  test('a page of a v1 server may have null for no items', () => {
    expect(RoomPage.parse({ rooms: null, page: { has_more: false } }).rooms).toEqual([])
    expect(MessagePage.parse({ messages: [messageWith()], page: { has_more: false } }).messages).toHaveLength(
      1,
    )
    expect(takes(MessagePage, { messages: [{}], page: { has_more: false } })).toBe(false)
  })

  test('a network may leave out all but its id', () => {
    expect(Network.parse({ id: 'n' })).toEqual({ id: 'n' } as Network)
    expect(
      rewritten(Network, { id: 'n', protocols: { http: ['moltnet.http.v1'], pair: null }, warnings: null }),
    ).toEqual({
      id: 'n',
      protocols: { http: ['moltnet.http.v1'] },
    })
  })
})
