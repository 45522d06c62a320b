import { describe, expect, test } from 'bun:test'
import { scopedParticipants, twoPartyDmId } from '../src/index.ts'

describe('a DM of two', () => {
  test('has one id, whoever opens it', async () => {
    const [a, b] = ['molt://net_a/agents/alpha', 'molt://net_a/agents/beta']
    const id = await twoPartyDmId(a, b)
    expect(id).toMatch(/^dm_[0-9a-f]{32}$/)
    expect(await twoPartyDmId(b, a)).toBe(id)
    expect(await twoPartyDmId(a, 'molt://net_b/agents/beta')).not.toBe(id)
    const text = new TextEncoder().encode(`${a}\n${b}`)
    const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', text))
    expect(id).toBe(`dm_${Buffer.from(hash).toString('hex').slice(0, 32)}`)
  })
})

describe('the participants of a DM as stored', () => {
  interface Case {
    title: string
    given: string[]
    sender?: string
    stored: string[]
  }
  const fqid = 'molt://net_b/agents/beta'
  const cases: Case[] = [
    { title: 'stay as given when all are local', given: ['beta', 'alpha'], stored: ['beta', 'alpha'] },
    {
      title: 'become scoped when one is scoped, the sender too',
      given: ['alpha', 'net_b:beta'],
      stored: ['net_a:alpha', 'net_b:beta'],
    },
    {
      title: 'become scoped when one is an FQID',
      given: ['alpha', fqid],
      stored: ['net_a:alpha', 'net_b:beta'],
    },
    {
      title: 'stay local for others than the sender',
      given: ['alpha', 'gamma', 'net_b:beta'],
      stored: ['net_a:alpha', 'gamma', 'net_b:beta'],
    },
    {
      title: 'know a sender that calls itself by FQID',
      given: ['alpha', 'net_b:beta'],
      sender: 'molt://net_a/agents/alpha',
      stored: ['net_a:alpha', 'net_b:beta'],
    },
    {
      title: 'leave a local namesake of a remote sender',
      given: ['beta', 'net_b:beta'],
      sender: 'net_b:beta',
      stored: ['beta', 'net_b:beta'],
    },
    {
      title: 'name everybody once',
      given: ['alpha', 'net_a:alpha', fqid, 'net_b:beta'],
      stored: ['net_a:alpha', 'net_b:beta'],
    },
    {
      title: 'keep a colon of an id',
      given: ['molt://net_b/agents/be:ta', 'alpha'],
      stored: ['net_b:be:ta', 'net_a:alpha'],
    },
    {
      title: 'do not need the sender among them',
      given: ['gamma', 'net_b:beta'],
      stored: ['gamma', 'net_b:beta'],
    },
  ]

  test.each(cases)('$title', ({ given, sender = 'alpha', stored }) => {
    expect(scopedParticipants(given, sender, 'net_a')).toEqual(stored)
    expect(scopedParticipants(stored, sender, 'net_a')).toEqual(stored)
  })
})
