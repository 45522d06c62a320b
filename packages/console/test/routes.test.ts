import { expect, test } from 'bun:test'
import { pathOf, type Route, routeOf, routeOfFqid } from '../src/navigation/routes.ts'

const ROUTES: [Route, string][] = [
  [{ view: 'home' }, '/console/'],
  [{ view: 'inbox' }, '/console/inbox'],
  [{ view: 'events' }, '/console/events'],
  [{ view: 'pairings' }, '/console/pairings'],
  [{ view: 'agents' }, '/console/agents'],
  [{ view: 'agent', id: 'alpha' }, '/console/agents/alpha'],
  [{ view: 'room', id: 'net_b:general' }, '/console/rooms/net_b%3Ageneral'],
  [{ view: 'room', id: 'a', message: 'msg_1' }, '/console/rooms/a/messages/msg_1'],
  [{ view: 'room-details', id: 'a' }, '/console/rooms/a/details'],
  [{ view: 'thread', room: 'a', id: 't' }, '/console/rooms/a/threads/t'],
  [{ view: 'thread', room: 'a', id: 't', message: 'm' }, '/console/rooms/a/threads/t/messages/m'],
  [{ view: 'reply', room: 'a', parent: 'm' }, '/console/rooms/a/reply/m'],
  [{ view: 'new-dm', agent: 'alpha' }, '/console/agents/alpha/write'],
  [{ view: 'dm', id: 'dm_1' }, '/console/direct/dm_1'],
  [{ view: 'dm', id: 'dm_1', message: 'm' }, '/console/direct/dm_1/messages/m'],
]

test.each(ROUTES)('%j has an address and is found by it', (route, path) => {
  expect(pathOf(route)).toBe(path)
  expect(routeOf(path)).toEqual(route)
})

test('an id cannot lead to another place', () => {
  for (const id of ['..', 'a/b', 'x?y#z', '%2e%2e', 'inbox']) {
    expect(routeOf(pathOf({ view: 'room', id }))).toEqual({ view: 'room', id })
  }
})

test.each([
  '/elsewhere',
  '/consolexyz',
  '/console/nothing',
  '/console/rooms',
  '/console/rooms/',
  '/console/rooms/a/b',
  '/console/rooms/a/threads',
  '/console/agents/a/b/c/d/e/f',
  '/console/rooms/%E0%A4%A',
])('%s is no place', (path) => {
  expect(routeOf(path)).toEqual({ view: 'unknown', path })
})

test('the console is found with and without its last slash', () => {
  expect(routeOf('/console')).toEqual({ view: 'home' })
  expect(routeOf('/console/agents/')).toEqual({ view: 'agents' })
})

test('ids of this network have a page, others have none', () => {
  expect(routeOfFqid('molt://net/agents/alpha', 'net')).toEqual({ view: 'agent', id: 'alpha' })
  expect(routeOfFqid('molt://net/rooms/general', 'net')).toEqual({ view: 'room', id: 'general' })
  expect(routeOfFqid('molt://net/dms/dm_1', 'net')).toEqual({ view: 'dm', id: 'dm_1' })
  for (const other of ['molt://far/agents/alpha', 'molt://net/threads/t', 'https://net/rooms/general', 'x']) {
    expect(routeOfFqid(other, 'net')).toBeUndefined()
  }
})
