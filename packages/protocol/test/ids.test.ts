import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import {
  actorFqid,
  agentFqid,
  AgentId,
  fqid,
  isGenericId,
  isMemberId,
  MemberId,
  MessageId,
  parseAgentRef,
  sameAgent,
} from '../src/index.ts'
import { anyText, genericId } from './fixtures.ts'

const longest = 'a'.repeat(128)

describe('a generic id', () => {
  test.each([
    'a',
    '0',
    'Z',
    'a.b',
    'a_b',
    'a:b',
    'a-b',
    'msg_5f2c01d9-a7e3-40b8-9c57-0b6f1d3e7a91',
    'evt_0a.7',
    longest,
  ])('may be %s', (id) => {
    expect(isGenericId(id)).toBe(true)
    expect(MessageId.safeParse(id).success).toBe(true)
  })

  test.each([
    '',
    '.a',
    '_a',
    ':a',
    '-a',
    'a b',
    'a/b',
    'a\n',
    '\na',
    'ä',
    'a@b',
    'a\0',
    `${longest}a`,
    'molt://n/rooms/a',
  ])('may not be %j', (id) => {
    expect(isGenericId(id)).toBe(false)
    expect(MessageId.safeParse(id).success).toBe(false)
  })

  test('is what the pattern of the contract says, for any text', () => {
    fc.assert(
      fc.property(fc.oneof(genericId({ colons: true }), anyText), (text) => {
        expect(isGenericId(text)).toBe(
          /^[A-Za-z0-9][A-Za-z0-9._:-]{0,127}$/.test(text) && !text.endsWith('\n'),
        )
      }),
    )
  })
})

describe('the id of an agent', () => {
  test.each(['alpha', 'alpha.2', 'a_b-c', longest])('may be %s', (id) => {
    expect(AgentId.safeParse(id).success).toBe(true)
  })

  test.each([
    '',
    'net_a:alpha',
    'alpha:',
    'molt://net_a/agents/alpha',
    '-a',
    `${longest}a`,
  ])('may not be %j', (id) => {
    expect(AgentId.safeParse(id).success).toBe(false)
  })
})

describe('an agent reference', () => {
  test.each([
    ['alpha', { id: 'alpha' }],
    ['net_a:alpha', { network: 'net_a', id: 'alpha' }],
    ['net_a:al:pha', { network: 'net_a', id: 'al:pha' }],
    ['molt:alpha', { network: 'molt', id: 'alpha' }],
    ['molt://net_a/agents/alpha', { network: 'net_a', id: 'alpha' }],
    ['molt://net:a/agents/al:pha', { network: 'net:a', id: 'al:pha' }],
    [`molt://${longest}/agents/${longest}`, { network: longest, id: longest }],
    [`${longest}:${longest}`, { network: longest, id: longest }],
  ])('%s is taken apart', (text, ref) => {
    expect(parseAgentRef(text)).toEqual(ref)
    expect(isMemberId(text)).toBe(true)
    expect(MemberId.safeParse(text).success).toBe(true)
  })

  test.each([
    '',
    ':alpha',
    'net_a:',
    ':',
    'net a:alpha',
    'net_a:al pha',
    '-a:alpha',
    'molt://',
    'molt:///agents/alpha',
    'molt://net_a/agents/',
    'molt://net_a/rooms/alpha',
    'molt://net_a/agents/al/pha',
    'molt://net_a/agents/alpha/',
    'molt://net_a/agents/alpha\n',
    'MOLT://net_a/agents/alpha',
    `a:${longest}a`,
    `${longest}a:a`,
  ])('%j names nobody', (text) => {
    expect(parseAgentRef(text)).toBeUndefined()
    expect(isMemberId(text)).toBe(false)
    expect(agentFqid(text, 'net_a')).toBeUndefined()
    expect(sameAgent(text, text, 'net_a')).toBe(false)
  })

  test('means the same agent in all three notations, for any two ids', () => {
    fc.assert(
      fc.property(genericId(), genericId(), genericId(), (network, id, other) => {
        fc.pre(network !== other)
        const canonical = fqid(network, 'agents', id)
        const notations = [id, `${network}:${id}`, canonical]
        for (const left of notations) {
          expect(agentFqid(left, network)).toBe(canonical)
          for (const right of notations) expect(sameAgent(left, right, network)).toBe(true)
        }
        expect(sameAgent(id, canonical, other)).toBe(false)
        expect(sameAgent(`${other}:${id}`, canonical, network)).toBe(false)
      }),
    )
  })

  test('is never read wrongly: what it was made from comes back, and nothing throws', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const ref = parseAgentRef(text)
        if (ref === undefined) return
        const spelled = [ref.id, `${ref.network}:${ref.id}`, `molt://${ref.network}/agents/${ref.id}`]
        expect(spelled).toContain(text)
      }),
    )
  })
})

describe('the FQID of an actor', () => {
  test.each([
    [
      'its own',
      { id: 'x', network_id: 'net_b', fqid: 'molt://net_b/agents/beta' },
      'molt://net_b/agents/beta',
    ],
    ['made of id and network', { id: 'beta', network_id: 'net_b' }, 'molt://net_b/agents/beta'],
    ['of this network without another', { id: 'beta' }, 'molt://net_a/agents/beta'],
    ['of a scoped id', { id: 'net_b:beta' }, 'molt://net_b/agents/beta'],
    [
      'made of the id when its own is malformed',
      { id: 'beta', fqid: 'molt://nonsense' },
      'molt://net_a/agents/beta',
    ],
  ])('is %s', (_, actor, expected) => {
    expect(actorFqid(actor as Parameters<typeof actorFqid>[0], 'net_a')).toBe(expected)
  })
})
