import type { Session } from '@moltnet/protocol'
import { expect, test } from 'bun:test'
import { type Rights, rightsOf } from '../src/data/rights.ts'

const NOTHING: Rights = { observe: false, speak: false, administrate: false, operate: false, signedIn: false }
const CASES: [string, { session: Session; humans: boolean }, Partial<Rights>][] = [
  [
    'without auth everything is allowed',
    { session: { kind: 'operator', scopes: ['observe', 'write', 'admin', 'attach', 'pair'] }, humans: true },
    { observe: true, speak: true, administrate: true, operate: true },
  ],
  ['the public sees public rooms alone', { session: { kind: 'anonymous', scopes: [] }, humans: true }, {}],
  [
    'a token that observes only looks',
    { session: { kind: 'token', scopes: ['observe'] }, humans: true },
    { observe: true, signedIn: true },
  ],
  [
    'a token that observes and writes speaks and operates',
    { session: { kind: 'token', scopes: ['observe', 'write'] }, humans: true },
    { observe: true, speak: true, operate: true, signedIn: true },
  ],
  [
    'a token that administrates does not speak without write',
    { session: { kind: 'token', scopes: ['admin'] }, humans: true },
    { observe: true, administrate: true, operate: true, signedIn: true },
  ],
  [
    'nobody speaks where humans are off',
    { session: { kind: 'token', scopes: ['observe', 'write'] }, humans: false },
    { observe: true, operate: true, signedIn: true },
  ],
  ['an agent token is no human', { session: { kind: 'agent', scopes: ['write'] }, humans: true }, {}],
]

test.each(CASES)('%s', (_name, { session, humans }, expected) => {
  expect(rightsOf({ session, console: { can_send_human: humans } })).toEqual({ ...NOTHING, ...expected })
})

test('a server that does not speak of sessions is looked at, and spoken to where it takes humans', () => {
  expect(rightsOf({ console: { can_send_human: true } })).toEqual({ ...NOTHING, observe: true, speak: true })
  expect(rightsOf({})).toEqual({ ...NOTHING, observe: true })
})
