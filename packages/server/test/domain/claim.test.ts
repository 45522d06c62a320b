import { describe, expect, test } from 'bun:test'
import { settleClaim } from '../../src/domain/claim.ts'
import type { ClaimOutcome } from '../../src/domain/claim.ts'
import { ANONYMOUS, OPERATOR } from '../../src/domain/principal.ts'
import type { Principal } from '../../src/domain/principal.ts'
import { agentToken, contextOf, token } from './access-fixture.ts'
import type { ModeName } from './access-fixture.ts'

const attach = token('a', ['attach'])
const attachAlpha = token('aa', ['attach'], { agents: ['alpha'] })
const admin = token('op', ['admin'])
const alpha = agentToken('alpha')

/** `undefined`: unregistered; null: reset; else the owner's key. */
type Owner = string | null | undefined

function outcome(
  mode: ModeName,
  principal: Principal,
  { owner, via = 'http', reserved }: { owner?: Owner; via?: 'http' | 'attach'; reserved?: string } = {},
): string {
  const settled: ClaimOutcome = settleClaim({
    context: contextOf(mode, { reservedAgentIds: new Set(reserved === undefined ? [] : [reserved]) }),
    principal,
    agentId: 'alpha',
    existing: owner === undefined ? undefined : { credentialKey: owner },
    via,
  })
  if (settled.kind === 'refuse') return settled.refusal.code
  return 'token' in settled && settled.token ? `${settled.kind} with token` : settled.kind
}

describe('a claim', () => {
  const cases: [string, string, () => string][] = [
    ['of a free id without auth', 'create', () => outcome('none', OPERATOR)],
    ['of a free id by a stranger in an open network', 'create with token', () => outcome('open', ANONYMOUS)],
    ['of a free id by a token', 'create', () => outcome('bearer', attach, { via: 'attach' })],
    ['of an id that the caller owns', 'show', () => outcome('bearer', attach, { owner: 'token:a' })],
    [
      'of its own id by an agent token',
      'show',
      () => outcome('open', alpha, { owner: alpha.credentialKey, via: 'attach' }),
    ],
    ['of an owned id without auth', 'show', () => outcome('none', OPERATOR, { owner: 'token:x' })],
    ['of an owned id by another token', 'conflict', () => outcome('bearer', attach, { owner: 'token:x' })],
    [
      'of an owned id by a stranger',
      'conflict',
      () => outcome('open', ANONYMOUS, { owner: alpha.credentialKey }),
    ],
    ['of an owned id by an admin', 'show', () => outcome('bearer', admin, { owner: 'token:x' })],
    [
      'of an owned id by an attaching admin',
      'conflict',
      () => outcome('bearer', token('x', ['admin', 'attach']), { owner: 'token:y', via: 'attach' }),
    ],
    [
      'of a registration without auth, by a token',
      'take_over',
      () => outcome('bearer', attach, { owner: 'anonymous' }),
    ],
    [
      'of a registration without auth, by a stranger',
      'conflict',
      () => outcome('open', ANONYMOUS, { owner: 'anonymous' }),
    ],
    [
      'of a registration without auth, by an admin',
      'show',
      () => outcome('bearer', admin, { owner: 'anonymous' }),
    ],
    [
      'of a registration without auth, by a token for others',
      'forbidden',
      () => outcome('bearer', attach, { owner: 'anonymous', via: 'attach', reserved: 'alpha' }),
    ],
    [
      'of a reset id by a token',
      'take_over',
      () => outcome('bearer', attachAlpha, { owner: null, via: 'attach', reserved: 'alpha' }),
    ],
    [
      'of a reset id by a stranger',
      'take_over with token',
      () => outcome('open', ANONYMOUS, { owner: null }),
    ],
    ['of a reset id by an admin that cannot attach', 'show', () => outcome('bearer', admin, { owner: null })],
    ['of a reserved id by a stranger', 'forbidden', () => outcome('open', ANONYMOUS, { reserved: 'alpha' })],
    ['of a reserved free id by an admin', 'forbidden', () => outcome('bearer', admin, { reserved: 'alpha' })],
    [
      'of a reserved id by the token that lists it',
      'create',
      () => outcome('bearer', attachAlpha, { reserved: 'alpha' }),
    ],
    ['of another agent by an agent token', 'conflict', () => outcome('open', agentToken('beta'))],
  ]
  for (const [name, expected, run] of cases) test(`${name}: ${expected}`, () => expect(run()).toBe(expected))
})
