import { describe, expect, test } from 'bun:test'
import { createRouter, decodeParams } from '../../src/http/router.ts'
import type { Method, Route } from '../../src/http/router.ts'

const route = (method: Method, pattern: string): Route => ({
  method,
  pattern,
  caller: 'none',
  handle: () => new Response(pattern),
})

const router = createRouter([
  route('GET', '/'),
  route('GET', '/v1/rooms'),
  route('POST', '/v1/rooms'),
  route('GET', '/v1/rooms/{id}'),
  route('GET', '/v1/rooms/{id}/messages'),
  route('POST', '/v1/agents/register'),
  route('GET', '/v1/agents/{id}'),
  route('DELETE', '/v1/agents/{id}'),
  route('GET', '/console'),
  route('GET', '/console/*'),
  route('POST', '/console/session'),
])

const seen = (method: string, path: string) => {
  const match = router.match(method, path)
  if (match === undefined) return undefined
  return match.route === undefined ? `405 ${match.allow}` : [match.pattern, ...match.params].join(' ')
}

describe('the router', () => {
  const cases: [string, string, string | undefined][] = [
    ['GET', '/', '/'],
    ['GET', '/v1/rooms', '/v1/rooms'],
    ['HEAD', '/v1/rooms', '/v1/rooms'],
    ['GET', '/v1/rooms/', undefined],
    ['GET', '/v1/rooms/general', '/v1/rooms/{id} general'],
    ['GET', '/v1/rooms/a%2Fb', '/v1/rooms/{id} a%2Fb'],
    ['GET', '/v1/rooms/general/', undefined],
    ['GET', '/v1/rooms/general/messages', '/v1/rooms/{id}/messages general'],
    ['GET', '//v1/rooms', undefined],
    ['GET', '/v1', undefined],
    ['GET', '/V1/rooms', undefined],
    ['PUT', '/v1/rooms', '405 GET, HEAD, POST'],
    ['OPTIONS', '/v1/rooms/general', '405 GET, HEAD'],
    ['HEAD', '/v1/agents/register', '/v1/agents/{id} register'],
    ['GET', '/v1/agents/register', '/v1/agents/{id} register'],
    ['POST', '/v1/agents/register', '/v1/agents/register'],
    ['PATCH', '/v1/agents/register', '405 POST'],
    ['GET', '/console', '/console'],
    ['GET', '/console/', '/console/* '],
    ['GET', '/console/rooms/a/b', '/console/* rooms/a/b'],
    ['GET', '/console/session', '/console/* session'],
    ['POST', '/console/session', '/console/session'],
    ['GET', '/consoles', undefined],
  ]
  for (const [method, path, expected] of cases)
    test(`${method} ${path}: ${expected ?? 'nothing'}`, () => expect(seen(method, path)).toBe(expected))
})

test('two patterns that differ only in the names of their parameters are refused', () => {
  expect(() => createRouter([route('GET', '/a/{id}'), route('POST', '/a/{name}')])).toThrow('/a/{name}')
})

test('parameters are percent-decoded, a malformed escape is a bad request', () => {
  expect(decodeParams(['a%20b', 'plain'])).toEqual(['a b', 'plain'])
  expect(() => decodeParams(['%zz'])).toThrow('percent')
})
