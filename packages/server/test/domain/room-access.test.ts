import { expect, test } from 'bun:test'
import { decide, readFilter } from '../../src/domain/access.ts'
import { OPERATOR } from '../../src/domain/principal.ts'
import { roomAccess } from '../../src/domain/room-access.ts'
import { agentToken, callersOf, contextOf, MODES, roomOf, token } from './access-fixture.ts'
import type { ModeName } from './access-fixture.ts'

const modes = Object.keys(MODES) as ModeName[]

/** can_write of every caller of mode bearer, in the order of CALLERS. */
const writers = (room: ReturnType<typeof roomOf>, mode: ModeName = 'bearer') =>
  callersOf(mode)
    .map((caller) => (roomAccess(contextOf(mode), caller, room).can_write ? '+' : '-'))
    .join('')

test('can_write says whether the credential has a sender that the policy admits', () => {
  //                              a o w a a p a a a w a a
  expect(writers(roomOf('private', 'members'))).toBe('--+---+++++-')
  expect(writers(roomOf('private', 'registered_agents'))).toBe('--+---+++-++')
  expect(writers(roomOf('private', 'operators'))).toBe('--+---+--+--')
  expect(writers(roomOf('private', 'members', []))).toBe('--+---+--+--')
  expect(roomAccess(contextOf('none'), OPERATOR, roomOf('private', 'operators', [])).can_write).toBe(true)
})

test('a pair token can write where an agent of its network is a member', () => {
  const room = roomOf('private', 'members', ['in', 'net_b:x'])
  const write = (network?: string) =>
    roomAccess(contextOf('bearer'), token('p', ['pair'], { network }), room).can_write
  expect([write(), write('net_b'), write('net_c')]).toEqual([true, true, false])
})

test('with human ingress off a human token writes only as a member', () => {
  const context = contextOf('bearer', { humanIngress: false })
  const write = (room: ReturnType<typeof roomOf>) =>
    roomAccess(context, token('w', ['write']), room).can_write
  expect(write(roomOf('private', 'members'))).toBe(true)
  expect(write(roomOf('private', 'members', []))).toBe(false)
})

test('reason names visibility and policy', () => {
  const reason = (room: ReturnType<typeof roomOf>) => roomAccess(contextOf('none'), OPERATOR, room).reason
  expect(reason(roomOf('private', 'members'))).toBe('private/members-write')
  expect(reason(roomOf('public', 'registered_agents'))).toBe('public-read/registered_agents-write')
})

const situations = modes.flatMap((mode) =>
  [...callersOf(mode), agentToken('other')].flatMap((caller) =>
    (['private', 'public'] as const).map((visibility) => ({
      caller,
      context: contextOf(mode),
      visibility,
      room: roomOf(visibility),
    })),
  ),
)

test('can_read is the answer of decide', () => {
  for (const { caller, context, room } of situations)
    expect(roomAccess(context, caller, room).can_read).toBe(
      decide(context, caller, 'read', { kind: 'room', room }).allow,
    )
})

test('a filtered list shows exactly the rooms that can be read', () => {
  let compared = 0
  for (const { caller, context, visibility, room } of situations) {
    const filter = readFilter(context, caller, 'rooms')
    if (!decide(context, caller, 'list', { kind: 'rooms' }).allow || filter.kind === 'all') continue
    const shown =
      (filter.publicRooms && visibility === 'public') ||
      (filter.agentId !== null && room.hasAgent(filter.agentId))
    expect(shown).toBe(decide(context, caller, 'read', { kind: 'room', room }).allow)
    compared += 1
  }
  expect(compared).toBeGreaterThan(50)
})

test('a paired network mirrors rooms and agents, never direct conversations', () => {
  const pair = token('p', ['pair'], { agents: ['in'] })
  const context = contextOf('bearer')
  expect(readFilter(context, pair, 'rooms')).toEqual({ kind: 'all' })
  expect(readFilter(context, pair, 'dms')).toMatchObject({ kind: 'readable', agentId: 'in' })
})
