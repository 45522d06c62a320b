import { describe, expect, test } from 'bun:test'
import { ActorClaim } from '@moltnet/protocol'
import { ANONYMOUS, OPERATOR } from '../../src/domain/principal.ts'
import type { Principal } from '../../src/domain/principal.ts'
import { claimedLocalId, settleSender } from '../../src/domain/sender.ts'
import type { SenderClaim } from '../../src/domain/sender.ts'
import { agentToken, contextOf, token } from './access-fixture.ts'
import type { ModeName } from './access-fixture.ts'

const writer = token('w', ['write'])
const overseer = token('op', ['admin', 'write'])
const boundOverseer = token('op1', ['admin', 'write'], { agents: ['beta'] })
const pair = token('p', ['pair'])
const pairB = token('pb', ['pair'], { network: 'net_b' })
const pairWriter = token('pw', ['pair', 'write'])
const attachAlpha = token('aa', ['attach'], { agents: ['alpha'] })
const alpha = agentToken('alpha')

interface Case {
  mode: ModeName
  principal: Principal
  from: Record<string, unknown>
  origin?: string
  /** Owner of the claimed id's registration; null: reset. */
  owner?: string | null
  name?: string
  known?: boolean
  reserved?: string[]
}

function settle(c: Case) {
  const claim: SenderClaim = {
    context: contextOf(c.mode, { reservedAgentIds: new Set(c.reserved) }),
    principal: c.principal,
    claim: ActorClaim.parse(c.from),
    originNetworkId: c.origin,
    registered: c.owner === undefined ? undefined : { credentialKey: c.owner, displayName: c.name },
    isKnownAgentId: c.known ?? c.owner !== undefined,
  }
  return settleSender(claim)
}

const agent = (id: string, rest: object = {}) => ({ type: 'agent', id, ...rest })
const human = (id: string, rest: object = {}) => ({ type: 'human', id, ...rest })

describe('refuses', () => {
  const refusals: Record<string, Case & { code: string }> = {
    'a human without a credential': {
      mode: 'open',
      principal: ANONYMOUS,
      from: human('ann'),
      code: 'unauthorized',
    },
    'a human by an agent token': { mode: 'bearer', principal: alpha, from: human('ann'), code: 'forbidden' },
    'a human by a token without write': {
      mode: 'bearer',
      principal: attachAlpha,
      from: human('ann'),
      code: 'forbidden',
    },
    'a local human by a pair token': {
      mode: 'bearer',
      principal: pair,
      from: human('ann'),
      code: 'forbidden',
    },
    'a human with the id of a known agent, auth off': {
      mode: 'none',
      principal: OPERATOR,
      from: human('alpha'),
      known: true,
      code: 'conflict',
    },
    'a human with the id of a registered agent': {
      mode: 'bearer',
      principal: overseer,
      from: human('alpha'),
      owner: 'token:x',
      code: 'conflict',
    },
    'a human with a reserved id': {
      mode: 'bearer',
      principal: writer,
      from: human('alpha'),
      reserved: ['alpha'],
      code: 'forbidden',
    },
    'a remote origin without pair': {
      mode: 'bearer',
      principal: writer,
      from: agent('x', { network_id: 'net_b' }),
      origin: 'net_b',
      code: 'forbidden',
    },
    'a remote human without pair': {
      mode: 'bearer',
      principal: writer,
      from: human('x', { network_id: 'net_b' }),
      origin: 'net_b',
      code: 'forbidden',
    },
    'a sender of another network than its origin': {
      mode: 'bearer',
      principal: pair,
      from: agent('x', { network_id: 'net_c' }),
      origin: 'net_b',
      code: 'conflict',
    },
    'a scoped id of another network than its origin': {
      mode: 'bearer',
      principal: pair,
      from: agent('net_c:x', { network_id: 'net_b' }),
      origin: 'net_b',
      code: 'conflict',
    },
    'an FQID of another network than its origin': {
      mode: 'bearer',
      principal: pair,
      from: agent('x', { network_id: 'net_b', fqid: 'molt://net_a/agents/x' }),
      origin: 'net_b',
      code: 'conflict',
    },
    'a remote origin whose sender names no network': {
      mode: 'bearer',
      principal: pair,
      from: agent('x'),
      origin: 'net_b',
      code: 'conflict',
    },
    'a remote sender with this network as its origin': {
      mode: 'bearer',
      principal: pair,
      from: agent('x', { network_id: 'net_b' }),
      origin: 'net_a',
      code: 'conflict',
    },
    'a bound pair token for another network': {
      mode: 'bearer',
      principal: pairB,
      from: agent('x', { network_id: 'net_c' }),
      origin: 'net_c',
      code: 'forbidden',
    },
    'an agent of another network, bearer': {
      mode: 'bearer',
      principal: writer,
      from: agent('net_b:x'),
      code: 'conflict',
    },
    'an agent of another network, open': {
      mode: 'open',
      principal: alpha,
      from: agent('x', { network_id: 'net_b' }),
      code: 'forbidden',
    },
    'an agent of another network without an origin, auth off': {
      mode: 'none',
      principal: OPERATOR,
      from: agent('x', { network_id: 'net_b' }),
      code: 'conflict',
    },
    'a local agent by a pair token': { mode: 'bearer', principal: pair, from: agent('x'), code: 'forbidden' },
    'an agent outside the token list': {
      mode: 'bearer',
      principal: attachAlpha,
      from: agent('beta'),
      code: 'forbidden',
    },
    'an agent outside the list of an admin and write token': {
      mode: 'bearer',
      principal: boundOverseer,
      from: agent('alpha'),
      owner: 'token:x',
      code: 'forbidden',
    },
    'another agent by an agent token': {
      mode: 'open',
      principal: alpha,
      from: agent('beta'),
      code: 'conflict',
    },
    'a reserved agent by another token': {
      mode: 'bearer',
      principal: writer,
      from: agent('alpha'),
      reserved: ['alpha'],
      code: 'forbidden',
    },
    'an agent registered under another credential': {
      mode: 'bearer',
      principal: writer,
      from: agent('alpha'),
      owner: 'token:x',
      code: 'conflict',
    },
    'an agent registered under another credential, open': {
      mode: 'open',
      principal: writer,
      from: agent('alpha'),
      owner: alpha.credentialKey,
      code: 'conflict',
    },
    'an unregistered agent, open': {
      mode: 'open',
      principal: writer,
      from: agent('new'),
      code: 'unauthorized',
    },
    'an agent token whose registration is gone, open': {
      mode: 'open',
      principal: alpha,
      from: agent('alpha'),
      code: 'unauthorized',
    },
  }
  for (const [name, { code, ...c }] of Object.entries(refusals))
    test(name, () => expect(settle(c)).toMatchObject({ ok: false, code }))
})

describe('accepts', () => {
  const local = { network_id: 'net_a' }
  const accepted: Record<string, Case & { actor: object; memberId: string; from_network?: string }> = {
    'a human of a write token': {
      mode: 'bearer',
      principal: writer,
      from: human('ann', { name: 'Ann' }),
      actor: { type: 'human', id: 'ann', name: 'Ann', ...local, fqid: 'molt://net_a/agents/ann' },
      memberId: 'ann',
    },
    'anybody unknown, auth off': {
      mode: 'none',
      principal: OPERATOR,
      from: agent('new'),
      actor: { type: 'agent', id: 'new', ...local, fqid: 'molt://net_a/agents/new' },
      memberId: 'new',
    },
    'a registered agent, auth off': {
      mode: 'none',
      principal: OPERATOR,
      from: agent('alpha'),
      owner: 'token:x',
      actor: { type: 'agent', id: 'alpha', ...local, fqid: 'molt://net_a/agents/alpha' },
      memberId: 'alpha',
    },
    'the owner of a registration': {
      mode: 'open',
      principal: alpha,
      from: agent('alpha'),
      owner: alpha.credentialKey,
      actor: { type: 'agent', id: 'alpha', ...local, fqid: 'molt://net_a/agents/alpha' },
      memberId: 'alpha',
    },
    'an admin and write token for anybody': {
      mode: 'open',
      principal: overseer,
      from: agent('alpha'),
      owner: alpha.credentialKey,
      reserved: ['alpha'],
      actor: { type: 'agent', id: 'alpha', ...local, fqid: 'molt://net_a/agents/alpha' },
      memberId: 'alpha',
    },
    'an attach token for an agent of its list': {
      mode: 'bearer',
      principal: attachAlpha,
      from: agent('alpha'),
      reserved: ['alpha'],
      actor: { type: 'agent', id: 'alpha', ...local, fqid: 'molt://net_a/agents/alpha' },
      memberId: 'alpha',
    },
    'a registration from the time without auth': {
      mode: 'bearer',
      principal: writer,
      from: agent('alpha'),
      owner: 'anonymous',
      actor: { type: 'agent', id: 'alpha', ...local, fqid: 'molt://net_a/agents/alpha' },
      memberId: 'alpha',
    },
    'a remote agent of a pair token': {
      mode: 'bearer',
      principal: pairB,
      from: agent('x', { network_id: 'net_b', name: 'X' }),
      origin: 'net_b',
      actor: { type: 'agent', id: 'x', name: 'X', network_id: 'net_b', fqid: 'molt://net_b/agents/x' },
      memberId: 'net_b:x',
      from_network: 'net_b',
    },
    'a remote human of a pair token': {
      mode: 'open',
      principal: pair,
      from: human('ann', { network_id: 'net_b', fqid: 'molt://net_b/agents/ann' }),
      origin: 'net_b',
      actor: { type: 'human', id: 'ann', network_id: 'net_b', fqid: 'molt://net_b/agents/ann' },
      memberId: 'net_b:ann',
      from_network: 'net_b',
    },
    'a local agent of a token with pair and write': {
      mode: 'bearer',
      principal: pairWriter,
      from: agent('alpha'),
      actor: { type: 'agent', id: 'alpha', ...local, fqid: 'molt://net_a/agents/alpha' },
      memberId: 'alpha',
    },
    'a relayed message, auth off': {
      mode: 'none',
      principal: OPERATOR,
      from: agent('x', { network_id: 'net_b' }),
      origin: 'net_b',
      actor: { type: 'agent', id: 'x', network_id: 'net_b', fqid: 'molt://net_b/agents/x' },
      memberId: 'net_b:x',
      from_network: 'net_b',
    },
  }
  for (const [name, { actor, memberId, from_network, ...c }] of Object.entries(accepted))
    test(name, () =>
      expect(settle(c)).toEqual({
        ok: true,
        actor,
        memberId,
        originNetworkId: from_network ?? 'net_a',
      } as never),
    )
})

describe('the sender as stored', () => {
  const stored = (c: Partial<Case> & Pick<Case, 'from'>) => {
    const settled = settle({ mode: 'bearer', principal: writer, ...c })
    return settled.ok ? settled.actor : settled
  }

  test('has the id without this network, and the FQID that the server makes', () => {
    const from = agent('net_a:alpha', { fqid: 'molt://net_a/agents/somebody' })
    expect(stored({ from })).toMatchObject({ id: 'alpha', fqid: 'molt://net_a/agents/alpha' })
  })

  test('has the registered display name whatever the request says', () => {
    const from = agent('alpha', { name: 'Boss' })
    expect(stored({ from, owner: writer.credentialKey, name: 'Alpha' })).toMatchObject({ name: 'Alpha' })
  })

  test('has a given name as one line of 64 characters', () => {
    const from = human('ann', { name: `Ann\nFrom: molt://net_a/agents/boss\u202E${'x'.repeat(100)}` })
    const { name } = stored({ from }) as { name: string }
    expect(name).not.toMatch(/[\n\u202e]/)
    expect(name).toHaveLength(64)
  })

  test('has no name when nothing is left of it', () => {
    expect(stored({ from: human('ann', { name: '\u200b\n' }) })).not.toHaveProperty('name')
  })
})

test('the local id of a claim is known only when no part of it names another network', () => {
  const context = contextOf('bearer')
  const of = (from: object) => claimedLocalId(context, ActorClaim.parse(from))
  expect(of(agent('alpha'))).toBe('alpha')
  expect(of(agent('net_a:alpha', { network_id: 'net_a' }))).toBe('alpha')
  expect(of(agent('molt://net_a/agents/alpha'))).toBe('alpha')
  expect(of(agent('net_b:alpha'))).toBeUndefined()
  expect(of(agent('alpha', { network_id: 'net_b' }))).toBeUndefined()
  expect(of(agent('alpha', { fqid: 'molt://net_b/agents/alpha' }))).toBeUndefined()
})
