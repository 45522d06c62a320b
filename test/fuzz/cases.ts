import fc from 'fast-check'
import type { ApiDocument, Operation } from './document.ts'
import { id, text, valuesOf } from './values.ts'
import { WAKE_IDS } from './wakes.ts'

/** One made-up request. */
export interface FuzzCase {
  method: string
  path: string
  headers: Record<string, string>
  body: string | undefined
  /** The operation that it was made from, `GET /v1/rooms`; undefined when its path or method was changed. */
  operation: string | undefined
}

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']

/** Requests for every operation of a document, as any of these credentials. */
export function casesOf(document: ApiDocument, tokens: readonly string[]): fc.Arbitrary<FuzzCase> {
  const made = document.operations.map((operation) => ({
    weight: weightOf(operation),
    arbitrary: requestOf(document, operation, tokens),
  }))
  return fc.oneof(...made)
}

/** Sending has the most rules, so it gets a large share; what removes things, a small one. */
function weightOf({ method, path, body }: Operation): number {
  if (path === '/v1/messages') return 60
  if (method === 'DELETE') return 1
  return body === undefined ? 4 : 12
}

function requestOf(
  document: ApiDocument,
  operation: Operation,
  tokens: readonly string[],
): fc.Arbitrary<FuzzCase> {
  return fc
    .record({
      method: fc.oneof(
        { weight: 30, arbitrary: fc.constant(operation.method) },
        { weight: 1, arbitrary: fc.constantFrom(...METHODS) },
      ),
      path: pathOf(operation.path),
      query: queryOf(operation.query),
      headers: headers(tokens),
      body: bodyOf(document, operation),
    })
    .map(({ method, path, query, headers: given, body }) => {
      const hasBody = method !== 'GET' && method !== 'HEAD'
      return {
        method,
        path: path.path + query,
        headers: given,
        body: hasBody ? body : undefined,
        operation: method === operation.method && path.isWhole ? operation.name : undefined,
      }
    })
}

/** Ids that are there, by the part of the path before them. */
const IDS: Readonly<Record<string, readonly string[]>> = {
  rooms: ['general', 'open', 'club'],
  threads: ['thread-1', 'thread-2'],
  dms: ['dm-1', 'dm-2'],
  agents: ['alpha', 'beta', 'ann'],
  messages: ['m1', 'm2', 'm3'],
  wakes: WAKE_IDS,
}

/** A path of the pattern, whole or damaged. */
function pathOf(pattern: string): fc.Arbitrary<{ path: string; isWhole: boolean }> {
  const names = pattern.match(/\{\w+\}/g) ?? []
  const found = fc.constantFrom(...(IDS[pattern.split('/')[2] ?? ''] ?? ['']))
  const segment = fc
    .oneof({ weight: 10, arbitrary: found }, { weight: 4, arbitrary: id }, { weight: 1, arbitrary: text })
    .map(encoded)
  const filled = fc.tuple(...names.map(() => segment)).map((segments) => {
    let at = 0
    return pattern.replace(/\{\w+\}/g, () => segments[at++] as string)
  })
  const damaged = fc
    .tuple(
      filled,
      fc.constantFrom('/', '//', '/..', '/x', '%', '%2', '%00', '%2e%2e', ';', '\\', '~', '%f0%9f'),
    )
    .chain(([path, junk]) =>
      fc.nat({ max: path.length }).map((at) => path.slice(0, at) + junk + path.slice(at)),
    )
  return fc.oneof(
    // An empty segment is another path.
    {
      weight: 25,
      arbitrary: filled.map((path) => ({ path, isWhole: !/\/(?:\/|$)/.test(path) || path === '/' })),
    },
    {
      weight: 1,
      arbitrary: damaged.map((path) => ({ path: `/${path.replace(/^\/+/, '')}`, isWhole: false })),
    },
  )
}

function encoded(value: string): string {
  // A dot segment would be another path.
  return /^\.{1,2}$/.test(value) ? `x${value}` : encodeURIComponent(value.toWellFormed())
}

function queryOf(names: readonly string[]): fc.Arbitrary<string> {
  const name = fc.oneof(
    { weight: 10, arbitrary: fc.constantFrom(...(names.length === 0 ? ['limit'] : names)) },
    { weight: 1, arbitrary: fc.constantFrom('access_token', 'x', '__proto__', '') },
  )
  const value = fc.oneof(
    id,
    text,
    fc.integer().map(String),
    fc.constantFrom('', '0', '-1', '1e9', '501', 'NaN', 'held', 'silent'),
  )
  const pair = fc.tuple(name, value).map(([key, given]) => `${encodeURIComponent(key)}=${encoded(given)}`)
  return fc.oneof(
    { weight: 2, arbitrary: fc.constant('') },
    {
      weight: 3,
      arbitrary: fc.array(pair, { minLength: 1, maxLength: 3 }).map((pairs) => `?${pairs.join('&')}`),
    },
    { weight: 1, arbitrary: fc.constantFrom('?', '??', '?&&', '?=', '?%', '?limit', '?before=a&after=b') },
  )
}

/** A header value as programs can send it. */
const headerText = fc.string({
  unit: fc.integer({ min: 0x20, max: 0x7e }).map((code) => String.fromCharCode(code)),
  maxLength: 80,
})

function headers(tokens: readonly string[]): fc.Arbitrary<Record<string, string>> {
  const authorization = fc.oneof(
    { weight: 8, arbitrary: fc.constantFrom(...tokens.map((token) => `Bearer ${token}`)) },
    {
      weight: 1,
      arbitrary: fc.constantFrom('Bearer', 'Bearer  ', 'Basic YTpi', `Bearer magt_v1_${'x'.repeat(43)}`),
    },
    { weight: 1, arbitrary: headerText },
  )
  const rare = {
    accept: fc.constantFrom('text/html', '*/*', 'application/json', 'text/event-stream'),
    'content-type': fc.constantFrom('application/json', 'text/plain', 'application/json; charset=x', ''),
    cookie: fc.constantFrom('moltnet_session_1=x', 'a', '=', ';;;', 'moltnet_session=x; a=b'),
    origin: fc.constantFrom('https://evil.example', 'null', 'http://localhost', 'x'),
    'sec-fetch-site': fc.constantFrom('cross-site', 'same-origin', 'none', 'x'),
    'x-request-id': fc.oneof(id, headerText),
    'last-event-id': fc.oneof(id, headerText),
    'x-forwarded-for': fc.constantFrom('1.2.3.4', '::1', 'x', ',,,', '1.2.3.4, 5.6.7.8'),
    'x-forwarded-proto': fc.constantFrom('https', 'ftp', ''),
    'x-forwarded-host': fc.constantFrom('evil.example', 'a b', ''),
    range: fc.constantFrom('bytes=0-1', 'x'),
    upgrade: fc.constantFrom('websocket', 'h2c'),
  }
  const named = fc.option(authorization, { freq: 6, nil: undefined })
  // One of the others, and only in some requests: more would keep all of them from getting far.
  const others = fc.oneof(
    { weight: 24, arbitrary: fc.constant({}) },
    ...Object.entries(rare).map(([name, value]) => value.map((given) => ({ [name]: given }))),
  )
  return fc
    .tuple(named, others)
    .map(([bearer, given]) => ({ ...given, ...(bearer === undefined ? {} : { authorization: bearer }) }))
}

function bodyOf(document: ApiDocument, { body }: Operation): fc.Arbitrary<string | undefined> {
  if (body === undefined) {
    return fc.oneof(
      { weight: 10, arbitrary: fc.constant(undefined) },
      { weight: 1, arbitrary: fc.constantFrom('{}', 'x', '[]') },
    )
  }
  const json = valuesOf(document, body).map((value) => JSON.stringify(value))
  const cut = json.chain((whole) => fc.nat({ max: whole.length }).map((at) => whole.slice(0, at)))
  const spliced = fc
    .tuple(json, fc.constantFrom('"', '}', '\\', '\u0000', ',', '[[[[', '1e999', '\ufeff', '"__proto__":1,'))
    .chain(([whole, junk]) =>
      fc.nat({ max: whole.length }).map((at) => whole.slice(0, at) + junk + whole.slice(at)),
    )
  return fc.oneof(
    { weight: 30, arbitrary: json },
    { weight: 1, arbitrary: cut },
    { weight: 2, arbitrary: spliced },
    { weight: 1, arbitrary: json.map((whole) => `${whole} ${whole}`) },
    {
      weight: 1,
      arbitrary: fc.constantFrom('', ' ', 'null', '[]', '"x"', '['.repeat(70), `${'[1,'.repeat(5_000)}`),
    },
  )
}
