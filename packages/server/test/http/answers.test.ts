import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { connect } from 'node:net'
import { startServer } from '../support/start-server.ts'
import type { TestServer } from '../support/start-server.ts'
import { eventually } from '../support/wait.ts'

let server: TestServer
beforeAll(async () => {
  server = await startServer({
    storage: 'memory',
    config: {
      rooms: [{ id: 'general', members: ['alpha'] }],
      server: { limits: { body_bytes: 4096, json_keys: 100 } },
    },
  })
})
afterAll(() => server.stop())

/** Sends a body as it is. */
const post = (path: string, body: BodyInit, headers: Record<string, string> = {}) =>
  fetch(`${server.url}${path}`, { method: 'POST', body, headers })

const hello = {
  target: { kind: 'room', room_id: 'general' },
  from: { type: 'agent', id: 'alpha' },
  parts: [{ kind: 'text', text: 'hello' }],
}

describe('every answer', () => {
  const paths = [
    '/healthz',
    '/readyz',
    '/metrics',
    '/v1/network',
    '/v1/nothing',
    '/console/',
    '/',
    '/llms.txt',
    '/favicon.ico',
  ]
  for (const path of paths) {
    test(`${path} has a request id and the security headers`, async () => {
      const { headers } = await fetch(`${server.url}${path}`, { redirect: 'manual' })
      expect(headers.get('x-request-id')).toMatch(/^req_[0-9a-f]{16}$/)
      expect(headers.get('x-content-type-options')).toBe('nosniff')
      expect(headers.get('referrer-policy')).toBe('no-referrer')
      expect(headers.get('cross-origin-opener-policy')).toBe('same-origin')
      expect(headers.get('cross-origin-resource-policy')).toBe('same-origin')
      const policy = headers.get('content-security-policy') ?? ''
      expect(policy).toContain("default-src 'none'")
      expect(policy).toContain("frame-ancestors 'none'")
      expect(policy).not.toContain('unsafe')
      expect(headers.get('access-control-allow-origin')).toBeNull()
    })
  }

  test('keeps a well-formed request id and replaces any other', async () => {
    const idFor = async (given: string) =>
      (await server.request('/healthz', { headers: { 'X-Request-Id': given } })).headers.get('x-request-id')
    expect(await idFor('deploy-7:a.b_c')).toBe('deploy-7:a.b_c')
    expect(await idFor('a b')).toMatch(/^req_/)
    expect(await idFor('x'.repeat(129))).toMatch(/^req_/)
    expect(await idFor('x'.repeat(128))).toBe('x'.repeat(128))
  })

  test('an error is an envelope with its code and request id', async () => {
    const { status, body } = await server.json('/v1/rooms/nowhere', { headers: { 'X-Request-Id': 'mine' } })
    expect(status).toBe(404)
    expect(body).toEqual({ error: expect.any(String), code: 'not_found', request_id: 'mine' })
  })
})

describe('paths and methods', () => {
  test('an unknown path under /v1 is 404 in the envelope, for any method', async () => {
    for (const method of ['GET', 'POST', 'DELETE', 'OPTIONS']) {
      const answer = await server.request('/v1/nothing/here', { method })
      expect(answer.status).toBe(404)
      expect(answer.headers.get('content-type')).toBe('application/json')
      expect(await answer.json()).toMatchObject({ code: 'not_found' })
    }
  })

  test('a known path with another method is 405 and says which there are', async () => {
    const answer = await server.request('/v1/rooms', { method: 'PUT' })
    expect(answer.status).toBe(405)
    expect(answer.headers.get('allow')).toBe('GET, HEAD, POST')
    expect(await answer.json()).toMatchObject({ code: 'method_not_allowed' })
    expect((await server.request('/v1/messages', { method: 'GET' })).headers.get('allow')).toBe('POST')
  })

  test('there is no answer to a CORS preflight', async () => {
    const answer = await server.request('/v1/messages', { method: 'OPTIONS' })
    expect(answer.status).toBe(405)
    expect(answer.headers.get('access-control-allow-methods')).toBeNull()
  })

  test('HEAD is GET without a body', async () => {
    const get = await server.request('/v1/network')
    const head = await server.request('/v1/network', { method: 'HEAD' })
    expect(head.status).toBe(200)
    expect(head.headers.get('content-type')).toBe('application/json')
    expect(head.headers.get('content-length')).toBe(String((await get.arrayBuffer()).byteLength))
    expect(await head.text()).toBe('')
    expect((await server.request('/v1/rooms/nowhere', { method: 'HEAD' })).status).toBe(404)
    expect((await server.request('/v1/messages', { method: 'HEAD' })).status).toBe(405)
  })

  test('HEAD of the event stream opens no stream', async () => {
    const answer = await server.request('/v1/events/stream', { method: 'HEAD' })
    expect(answer.status).toBe(200)
    expect(answer.headers.get('content-type')).toContain('text/event-stream')
  })

  test('ids in the path are percent-decoded, a broken escape is 400', async () => {
    expect((await server.request('/v1/rooms/gen%65ral')).status).toBe(200)
    expect((await server.request('/v1/rooms/a%2Fb')).status).toBe(404)
    expect((await server.request('/v1/rooms/%zz')).status).toBe(400)
    expect((await server.request('/v1/rooms/%00')).status).toBe(404)
  })

  test('a WebSocket route without an upgrade is 400', async () => {
    expect((await server.request('/v1/attach')).status).toBe(400)
  })
})

describe('a body', () => {
  const statusOf = async (body: BodyInit, headers?: Record<string, string>) =>
    (await post('/v1/messages', body, headers)).status

  test('needs no content type from a program', async () => {
    expect(await statusOf(JSON.stringify(hello))).toBe(202)
    expect(await statusOf(JSON.stringify(hello), { 'Content-Type': 'text/plain' })).toBe(202)
  })

  const unreadable: Record<string, string> = {
    'that is empty': '',
    'that is no JSON': '{',
    'with more than one value': '{}{}',
    'that is cut off': JSON.stringify(hello).slice(0, -1),
    'that is an array': '[]',
    'that is null': 'null',
    'with a target that is a string': JSON.stringify({ ...hello, target: 'general' }),
    'with parts that are an object': JSON.stringify({ ...hello, parts: {} }),
    'with a text that is a number': JSON.stringify({ ...hello, parts: [{ kind: 'text', text: 1 }] }),
  }
  for (const [name, body] of Object.entries(unreadable))
    test(`${name} is 400`, async () => {
      const answer = await post('/v1/messages', body)
      expect(answer.status).toBe(400)
      expect(await answer.json()).toMatchObject({ code: 'bad_request' })
    })

  const broken: Record<string, unknown> = {
    'without parts': { ...hello, parts: [] },
    'without a target': { ...hello, target: undefined },
    'with an unknown kind of target': { ...hello, target: { kind: 'planet', id: 'x' } },
    'with an unknown kind of part': { ...hello, parts: [{ kind: 'hologram' }] },
    'with a malformed id': { ...hello, id: 'no spaces' },
    'with an id of 129 characters': { ...hello, id: 'x'.repeat(129) },
    'with a URL of another scheme': { ...hello, parts: [{ kind: 'url', url: 'javascript:alert(1)' }] },
    'with a NUL character': { ...hello, parts: [{ kind: 'text', text: 'a\0b' }] },
  }
  for (const [name, body] of Object.entries(broken))
    test(`${name} is 422`, async () => {
      const answer = await post('/v1/messages', JSON.stringify(body))
      expect(answer.status).toBe(422)
      expect(await answer.json()).toMatchObject({ code: 'unprocessable_entity' })
    })

  test('with unknown keys is fine', async () => {
    expect(
      await statusOf(JSON.stringify({ ...hello, colour: 'blue', from: { ...hello.from, mood: 1 } })),
    ).toBe(202)
  })

  test('with keys that could change prototypes is fine and changes nothing', async () => {
    const text = JSON.stringify(hello).slice(0, -1)
    expect(
      await statusOf(`${text},"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}`),
    ).toBe(202)
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()
  })

  test('larger than the limit is 413, with and without a length', async () => {
    const large = JSON.stringify({ ...hello, parts: [{ kind: 'text', text: 'x'.repeat(5_000) }] })
    const withLength = await post('/v1/messages', large)
    expect(withLength.status).toBe(413)
    expect(await withLength.json()).toMatchObject({ code: 'payload_too_large' })
    const chunks = [large.slice(0, 3_000), large.slice(3_000)]
    const stream = new ReadableStream<Uint8Array>({
      pull(controller) {
        const chunk = chunks.shift()
        if (chunk === undefined) controller.close()
        else controller.enqueue(new TextEncoder().encode(chunk))
      },
    })
    expect(await statusOf(stream)).toBe(413)
  })

  test('of 32 MiB is 413 as well, and the server goes on', async () => {
    const answer = await post('/v1/messages', new Uint8Array(33_554_432))
    expect(answer.status).toBe(413)
    expect(await answer.json()).toMatchObject({ code: 'payload_too_large', request_id: expect.any(String) })
    expect((await server.request('/healthz')).status).toBe(200)
  })

  test('that never arrives whole is no fault of the server', async () => {
    const counted = async (status: number): Promise<number> => {
      const text = await (await server.request('/metrics')).text()
      const line = new RegExp(
        `requests_total\\{method="POST",route="/v1/messages",status="${status}"\\} (\\d+)`,
      )
      return Number(line.exec(text)?.[1] ?? 0)
    }
    const before = await counted(400)
    for (const [head, start] of [
      ['Content-Length: 100', '{"a":'],
      ['Transfer-Encoding: chunked', '5\r\n{"a":\r\n'],
    ]) {
      const socket = connect(server.server.port, '127.0.0.1')
      socket.end(`POST /v1/messages HTTP/1.1\r\nHost: localhost\r\n${head}\r\n\r\n${start}`)
    }
    await eventually(async () => (await counted(400)) === before + 2, 'both requests are answered with 400')
    expect(await counted(500)).toBe(0)
  })

  test('without an announced length is read like any other', async () => {
    const stream = new Blob([JSON.stringify(hello)]).stream()
    expect(await statusOf(stream)).toBe(202)
  })

  test('that nests deeper than 64 is 422, however deep', async () => {
    const nested = (depth: number) =>
      JSON.stringify(hello)
        .slice(0, -1)
        .concat(`,"x":${'['.repeat(depth)}${']'.repeat(depth)}}`)
    expect(await statusOf(nested(63))).toBe(202)
    expect(await statusOf(nested(64))).toBe(422)
    expect(await statusOf(nested(1_500))).toBe(422)
  })

  test('with too many keys is 422', async () => {
    const keys = Object.fromEntries(Array.from({ length: 120 }, (_, at) => [`k${at}`, 0]))
    expect(await statusOf(JSON.stringify({ ...hello, extra: keys }))).toBe(422)
  })

  test('with lone surrogates is stored with U+FFFD', async () => {
    const text = JSON.stringify({ ...hello, id: 'lone' }).replace('hello', 'a\\ud800b')
    expect(await statusOf(text)).toBe(202)
    const { body } = await server.json<{ messages: { id: string; parts: { text: string }[] }[] }>(
      '/v1/rooms/general/messages',
    )
    expect(body.messages.find((message) => message.id === 'lone')?.parts[0]?.text).toBe('a\ufffdb')
  })
})

describe('a page query', () => {
  const statusOf = async (query: string) => (await server.request(`/v1/rooms${query}`)).status

  test('takes junk as no limit', async () => {
    for (const limit of ['0', '-1', 'x', '', '1e3', '99999999999999999999'])
      expect(await statusOf(`?limit=${limit}`)).toBe(200)
  })

  test('with both cursors, a malformed or an unknown one is 422', async () => {
    expect(await statusOf('?before=general&after=general')).toBe(422)
    expect(await statusOf('?before=nowhere')).toBe(422)
    expect(await statusOf('?after=%00')).toBe(422)
    expect(await statusOf(`?after=${'x'.repeat(1_000)}`)).toBe(422)
  })

  test('with an empty cursor is one without', async () => {
    expect(await statusOf('?before=&after=')).toBe(200)
  })
})

test('artifacts need one of three selectors', async () => {
  expect((await server.request('/v1/artifacts')).status).toBe(422)
  expect((await server.request('/v1/artifacts?room_id=general')).status).toBe(200)
  expect((await server.request('/v1/artifacts?room_id=general&thread_id=nothing')).status).toBe(404)
})

test('the pairings of a network without any are an empty page', async () => {
  expect(await server.json('/v1/pairings')).toEqual({
    status: 200,
    body: { pairings: [], page: { has_more: false } },
  })
})

test('metrics label routes by pattern, never by path', async () => {
  const lines = async () => (await (await server.request('/metrics')).text()).split('\n').length
  for (let at = 0; at < 5; at++) await server.request(`/v1/rooms/room${at}`)
  await server.request('/nothing')
  const before = await lines()
  for (let at = 0; at < 200; at++) await server.request(`/${crypto.randomUUID()}/${at}`)
  for (let at = 0; at < 50; at++) await server.request(`/v1/rooms/${crypto.randomUUID()}`)
  expect(await lines()).toBe(before)
  const text = await (await server.request('/metrics')).text()
  expect(text).toContain('route="/v1/rooms/{id}"')
  expect(text).toContain('route="unmatched"')
})
