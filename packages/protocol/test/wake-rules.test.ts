import { describe, expect, test } from 'bun:test'
import { compileSubscription, evaluateWake, isTargeted, Subscription, WakeRule } from '../src/index.ts'
import type { WakeDecision } from '../src/index.ts'
import { dmTarget, messageWith, roomTarget, threadTarget } from './fixtures.ts'

const mentionsAlpha = { mentions: ['molt://net_a/agents/alpha'] }

function decide(
  subscription: Record<string, unknown>,
  message: Record<string, unknown>,
  agent: { networkId?: string; agentId?: string } = {},
): WakeDecision {
  return evaluateWake({
    networkId: 'net_a',
    agentId: 'alpha',
    ...agent,
    subscription: compileSubscription(Subscription.parse({ rooms: [], ...subscription })),
    message: messageWith(message),
  })
}

function room(wake: string, approval?: boolean) {
  return { rooms: [{ id: 'general', wake, approval }] }
}

const asleep = { wake: false } as const

function awake(reason: string, targeted: boolean, approval = false): WakeDecision {
  return { wake: true, targeted, reason, approval } as WakeDecision
}

describe('the rule of a room', () => {
  const cases: Array<
    [rule: string, what: 'room' | 'thread' | 'room, mentioned' | 'thread, mentioned', WakeDecision]
  > = [
    ['all', 'room', awake('room', false)],
    ['all', 'room, mentioned', awake('mention', true)],
    ['all', 'thread', awake('thread', false)],
    ['all', 'thread, mentioned', awake('mention', true)],
    ['mentions', 'room', asleep],
    ['mentions', 'room, mentioned', awake('mention', true)],
    ['mentions', 'thread', asleep],
    ['mentions', 'thread, mentioned', awake('mention', true)],
    ['thread_only', 'room', asleep],
    ['thread_only', 'room, mentioned', asleep],
    ['thread_only', 'thread', awake('thread', false)],
    ['thread_only', 'thread, mentioned', awake('mention', true)],
    ['never', 'room', asleep],
    ['never', 'room, mentioned', asleep],
    ['never', 'thread', asleep],
    ['never', 'thread, mentioned', asleep],
  ]

  test('is tested for every rule', () => {
    expect([...new Set(cases.map(([rule]) => rule))].sort()).toEqual([...WakeRule.options].sort())
  })

  test.each(cases)('%s: %s', (rule, what, expected) => {
    const target = what.startsWith('room') ? roomTarget : threadTarget
    const message = { target, ...(what.endsWith('mentioned') ? mentionsAlpha : {}) }
    expect(decide(room(rule), message)).toEqual(expected)
    const approved = expected.wake ? { ...expected, approval: true } : expected
    expect(decide(room(rule, true), message)).toEqual(approved)
  })

  test('does not reach other rooms or their threads', () => {
    const other = { target: { kind: 'room', room_id: 'other' }, ...mentionsAlpha }
    const otherThread = {
      target: { kind: 'thread', room_id: 'other', thread_id: 'general' },
      ...mentionsAlpha,
    }
    expect(decide(room('all'), other)).toEqual(asleep)
    expect(decide(room('all'), otherThread)).toEqual(asleep)
    expect(decide({}, mentionsAlpha)).toEqual(asleep)
  })

  test('is the last one given for the room', () => {
    const twice = {
      rooms: [
        { id: 'general', wake: 'all' },
        { id: 'general', wake: 'never' },
      ],
    }
    expect(decide(twice, {})).toEqual(asleep)
  })
})

describe('direct messages', () => {
  const cases: Array<[string, Record<string, unknown> | undefined, WakeDecision]> = [
    ['are not wanted without a rule', undefined, asleep],
    ['are off', { enabled: false, wake: 'all' }, asleep],
    ['wake when enabled', { enabled: true }, awake('dm', true)],
    ['wake by the rule all', { enabled: true, wake: 'all' }, awake('dm', true)],
    ['wake by the rule mentions without any mention', { enabled: true, wake: 'mentions' }, awake('dm', true)],
    ['wake by the rule thread_only', { enabled: true, wake: 'thread_only' }, awake('dm', true)],
    ['never wake by the rule never', { enabled: true, wake: 'never' }, asleep],
    ['wait for approval', { enabled: true, approval: true }, awake('dm', true, true)],
  ]

  test.each(cases)('%s', (_, dms, expected) => {
    expect(decide({ dms }, { target: dmTarget })).toEqual(expected)
  })

  test.each([
    'alpha',
    'net_a:alpha',
    'molt://net_a/agents/alpha',
  ])('wake the participant %s', (participant) => {
    const target = { ...dmTarget, participant_ids: ['net_b:beta', participant] }
    expect(decide({ dms: { enabled: true } }, { target })).toEqual(awake('dm', true))
  })

  test.each([
    'alphabet',
    'net_b:alpha',
    'molt://net_b/agents/alpha',
    'xalpha',
  ])('do not wake for the participant %s', (participant) => {
    const target = { ...dmTarget, participant_ids: ['beta', participant] }
    expect(decide({ dms: { enabled: true } }, { target, ...mentionsAlpha })).toEqual(asleep)
  })

  test('are not reached by the rule of a room of the same id', () => {
    expect(decide({ rooms: [{ id: 'dm_1', wake: 'all' }] }, { target: dmTarget })).toEqual(asleep)
  })
})

describe('a mention', () => {
  test.each(['alpha', 'net_a:alpha', 'molt://net_a/agents/alpha'])('wakes as %s', (mention) => {
    const message = { mentions: ['molt://net_a/agents/gamma', mention] }
    expect(decide(room('mentions'), message)).toEqual(awake('mention', true))
  })

  test.each([
    'beta',
    'net_b:alpha',
    'molt://net_b/agents/alpha',
    'molt://net_a/rooms/alpha',
    'betalpha',
    '@alpha',
    '',
  ])('does not wake as %j', (mention) => {
    expect(decide(room('mentions'), { mentions: [mention] })).toEqual(asleep)
  })

  test('in the text alone does not wake: the stored mentions count', () => {
    expect(decide(room('mentions'), { parts: [{ kind: 'text', text: '@alpha' }] })).toEqual(asleep)
  })
})

describe('a message of the agent itself', () => {
  const own = [
    { type: 'agent', id: 'alpha' },
    { type: 'agent', id: 'alpha', network_id: 'net_a' },
    { type: 'agent', id: 'net_a:alpha' },
    { type: 'agent', id: 'molt://net_a/agents/alpha' },
    { type: 'agent', id: 'alpha', fqid: 'molt://net_a/agents/alpha' },
    { type: 'agent', id: 'net_a:alpha', network_id: 'net_a', fqid: 'molt://net_a/agents/net_a:alpha' },
    { type: 'agent', id: 'other', fqid: 'molt://net_a/agents/alpha' },
    { type: 'human', id: 'alpha' },
  ]

  test.each(own)('never wakes it: %j', (from) => {
    for (const target of [roomTarget, threadTarget, dmTarget]) {
      const message = { from, target, ...mentionsAlpha }
      expect(decide({ ...room('all'), dms: { enabled: true } }, message)).toEqual(asleep)
      expect(isTargeted({ networkId: 'net_a', agentId: 'alpha', message: messageWith(message) })).toBe(false)
    }
  })

  const others = [
    { type: 'agent', id: 'alpha', network_id: 'net_b', fqid: 'molt://net_b/agents/alpha' },
    { type: 'agent', id: 'alpha', network_id: 'net_b' },
    { type: 'agent', id: 'net_b:alpha' },
    { type: 'human', id: 'beta' },
  ]

  test.each(others)('is not one of a namesake or of somebody else: %j', (from) => {
    expect(decide(room('all'), { from })).toEqual(awake('room', false))
  })
})

describe('a message of another network', () => {
  test('never wakes', () => {
    const message = { network_id: 'net_b', ...mentionsAlpha }
    expect(decide(room('all'), message)).toEqual(asleep)
    expect(decide({ dms: { enabled: true } }, { ...message, target: dmTarget })).toEqual(asleep)
  })

  test('wakes when it was relayed into this one', () => {
    const message = { origin: { network_id: 'net_b', message_id: 'msg_1' }, ...mentionsAlpha }
    expect(decide(room('mentions'), message)).toEqual(awake('mention', true))
  })
})

describe('a targeted message', () => {
  const foreignDm = { ...dmTarget, participant_ids: ['beta', 'gamma'] }
  const targeted = (message: Record<string, unknown>, agentId = 'alpha') =>
    isTargeted({ networkId: 'net_a', agentId, message: messageWith(message) })

  test.each<[string, boolean, Record<string, unknown>]>([
    ['a DM with the agent', true, { target: dmTarget }],
    ['a DM of others', false, { target: foreignDm }],
    ['a DM of others that mentions it', false, { target: foreignDm, ...mentionsAlpha }],
    ['a room message', false, { target: roomTarget }],
    ['a room message that mentions it', true, { target: roomTarget, ...mentionsAlpha }],
    ['a thread message', false, { target: threadTarget }],
    ['a thread message that mentions it', true, { target: threadTarget, ...mentionsAlpha }],
    ['a room message that mentions a namesake', false, { mentions: ['molt://net_b/agents/alpha'] }],
  ])('%s: %p', (_, expected, message) => {
    expect(targeted(message)).toBe(expected)
  })

  test('is the same whichever notation names the agent', () => {
    for (const agentId of ['alpha', 'net_a:alpha', 'molt://net_a/agents/alpha']) {
      expect(targeted(mentionsAlpha, agentId)).toBe(true)
      expect(decide(room('mentions'), mentionsAlpha, { agentId })).toEqual(awake('mention', true))
    }
  })
})
