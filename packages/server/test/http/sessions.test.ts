import { expect, test } from 'bun:test'
import type { StaticToken } from '@moltnet/config'
import { createTokenTable } from '../../src/http/credentials.ts'
import { createSessions, SESSION_LIMITS, sessionCookie } from '../../src/http/sessions.ts'

const token = (id: string, expiresAtMs?: number): StaticToken => ({
  id,
  sha256: Bun.SHA256.hash(id, 'hex'),
  scopes: ['observe'],
  expiresAtMs,
})

function setUp(...tokens: StaticToken[]) {
  const table = createTokenTable({ tokens })
  const principal = table.findById(tokens[0]?.id as string, 0)
  if (principal === undefined) throw new Error('no such token')
  return { sessions: createSessions(table), principal }
}

test('a session stands for the token that it was made with', () => {
  const { sessions, principal } = setUp(token('op'))
  const id = sessions.create(principal, 0)
  expect(id).toMatch(/^[A-Za-z0-9_-]{43}$/)
  expect(sessions.find(id, 1)).toBe(principal)
  expect(sessions.find(`${id}x`, 1)).toBeUndefined()
})

test('a session that nobody uses is over after 12 hours', () => {
  const { sessions, principal } = setUp(token('op'))
  const id = sessions.create(principal, 0)
  expect(sessions.find(id, SESSION_LIMITS.idleMs - 1)).toBe(principal)
  expect(sessions.find(id, 2 * SESSION_LIMITS.idleMs - 2)).toBe(principal)
  expect(sessions.find(id, 3 * SESSION_LIMITS.idleMs)).toBeUndefined()
  expect(sessions.find(id, 0)).toBeUndefined()
})

test('a session in use is over after 7 days', () => {
  const { sessions, principal } = setUp(token('op'))
  const id = sessions.create(principal, 0)
  const hour = 3_600_000
  for (let now = 0; now < SESSION_LIMITS.absoluteMs; now += hour)
    expect(sessions.find(id, now)).toBe(principal)
  expect(sessions.find(id, SESSION_LIMITS.absoluteMs)).toBeUndefined()
})

test('a session ends with its token', () => {
  const { sessions, principal } = setUp(token('op', 1_000))
  const id = sessions.create(principal, 0)
  expect(sessions.find(id, 999)).toBe(principal)
  expect(sessions.find(id, 1_000)).toBeUndefined()
})

test('signing out ends a session at once', () => {
  const { sessions, principal } = setUp(token('op'))
  const id = sessions.create(principal, 0)
  sessions.end(id)
  expect(sessions.find(id, 1)).toBeUndefined()
})

test('many logins push out the session that was unused longest', () => {
  const { sessions, principal } = setUp(token('op'))
  const first = sessions.create(principal, 0)
  const second = sessions.create(principal, 1)
  sessions.find(first, 2)
  for (let count = 2; count <= SESSION_LIMITS.count; count++) sessions.create(principal, 3)
  expect(sessions.find(second, 4)).toBeUndefined()
  expect(sessions.find(first, 4)).toBe(principal)
})

test('the cookie is bound to the port and out of reach of scripts', () => {
  expect(sessionCookie({ port: 8787, id: 'abc', secure: true })).toBe(
    'moltnet_session_8787=abc; Path=/; Max-Age=604800; HttpOnly; SameSite=Lax; Secure',
  )
  expect(sessionCookie({ port: 1, id: undefined, secure: false })).toContain(
    'moltnet_session_1=; Path=/; Max-Age=0',
  )
})
