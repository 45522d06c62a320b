import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { startServer } from '../support/start-server.ts'
import type { RequestOptions, TestServer } from '../support/start-server.ts'

const bigScript = 'run();'.repeat(1_000)
const consoleAssets = [
  {
    path: '/index.html',
    contentType: 'text/html; charset=utf-8',
    body: '<!doctype html><p>console</p>',
    immutable: false,
  },
  { path: '/assets/app-1a2b.js', contentType: 'text/javascript', body: 'run()', immutable: true },
  { path: '/assets/big-3c4d.js', contentType: 'text/javascript', body: bigScript, immutable: true },
]
const tokens = [
  { id: 'watch', value: 'observe-token', scopes: ['observe'] },
  { id: 'op', value: 'write-token', scopes: ['observe', 'write'] },
  { id: 'node', value: 'attach-token', scopes: ['attach'] },
]
const browser = { Accept: 'text/html,application/xhtml+xml,*/*;q=0.8' }

/** Requests that do not follow redirects, as the browser of a person would make them. */
function visitor(server: TestServer) {
  let cookie: string | undefined
  return {
    async open(path: string, options: RequestOptions = {}) {
      const answer = await fetch(`${server.url}${path}`, {
        method: options.method ?? 'GET',
        redirect: 'manual',
        headers: { ...browser, ...(cookie !== undefined && { Cookie: cookie }), ...options.headers },
        body: options.body === undefined ? undefined : JSON.stringify(options.body),
      })
      const set = answer.headers.get('set-cookie')
      if (set !== null) cookie = set.split(';')[0]?.endsWith('=') ? undefined : set.split(';')[0]
      return answer
    },
    get cookie() {
      return cookie
    },
  }
}

describe('without auth', () => {
  let server: TestServer
  beforeAll(async () => {
    server = await startServer({ storage: 'memory', consoleAssets })
  })
  afterAll(() => server.stop())

  test('/ and /console lead to the console and keep the query', async () => {
    for (const path of ['/', '/console']) {
      const answer = await visitor(server).open(`${path}?room=general`)
      expect([answer.status, answer.headers.get('location')]).toEqual([303, '/console/?room=general'])
    }
  })

  test('files go out with gzip to those who take it, and as they are to others', async () => {
    const encodingFor = async (accepted: string, path = '/console/assets/big-3c4d.js') => {
      const answer = await fetch(`${server.url}${path}`, { headers: { 'Accept-Encoding': accepted } })
      // The client unpacks it: what it says is the same either way.
      const text = await answer.text()
      expect(text).toBe(path.includes('big') ? bigScript : 'run()')
      expect(answer.headers.get('vary')).toBe('Accept-Encoding')
      return answer.headers.get('content-encoding')
    }
    expect(await encodingFor('gzip, deflate, br')).toBe('gzip')
    expect(await encodingFor('br;q=1, gzip;q=0.5')).toBe('gzip')
    for (const accepted of ['identity', 'gzip;q=0', 'gzip; q=0.0, identity', 'xgzipx']) {
      expect(await encodingFor(accepted)).toBeNull()
    }
    expect(await encodingFor('gzip', '/console/assets/app-1a2b.js')).toBeNull()
  })

  test('every path below /console that names no file is the page', async () => {
    for (const path of ['/console/', '/console/rooms/general', '/console/index.html', '/console/a%2fb']) {
      const answer = await visitor(server).open(path)
      expect(answer.status).toBe(200)
      expect(await answer.text()).toContain('console')
      expect(answer.headers.get('content-security-policy')).toContain("script-src 'self';")
      expect(answer.headers.get('cache-control')).toBe('no-cache')
    }
  })

  test('a file whose name changes with its content is kept for ever', async () => {
    const answer = await visitor(server).open('/console/assets/app-1a2b.js')
    expect(answer.headers.get('content-type')).toStartWith('text/javascript')
    expect(answer.headers.get('cache-control')).toContain('immutable')
  })

  test('a token in the address is taken out of it, and no cookie is set', async () => {
    const answer = await visitor(server).open('/console/?access_token=x&room=a')
    expect(answer.headers.get('location')).toBe('/console/?room=a')
    expect(answer.headers.get('set-cookie')).toBeNull()
  })
})

describe('with bearer auth', () => {
  let server: TestServer
  beforeAll(async () => {
    server = await startServer({
      storage: 'memory',
      consoleAssets,
      config: { auth: { mode: 'bearer', tokens } },
    })
  })
  afterAll(() => server.stop())

  test('a browser without a credential gets a page that takes a token', async () => {
    const answer = await visitor(server).open('/console/rooms/general')
    expect(answer.status).toBe(401)
    expect(answer.headers.get('content-type')).toStartWith('text/html')
    const page = await answer.text()
    expect(page).toContain('<form')
    expect(page).not.toMatch(/<script>|onclick|style=/)
    for (const [, file] of page.matchAll(/(?:src|href)="(\/console\/[^"]+)"/g))
      expect((await visitor(server).open(file as string)).status).toBe(200)
  })

  test('a program without a credential gets the envelope', async () => {
    const answer = await server.request('/console/')
    expect(answer.status).toBe(401)
    expect(await answer.json()).toMatchObject({ code: 'unauthorized' })
  })

  test('the token in the address becomes a session and leaves the address', async () => {
    const person = visitor(server)
    const answer = await person.open('/console/rooms/a?access_token=observe-token&tab=1')
    expect([answer.status, answer.headers.get('location')]).toEqual([303, '/console/rooms/a?tab=1'])
    const cookie = answer.headers.get('set-cookie') as string
    expect(cookie).toMatch(new RegExp(`^moltnet_session_${server.server.port}=[A-Za-z0-9_-]{43}; `))
    expect(cookie).toContain('HttpOnly')
    expect(cookie).toContain('SameSite=Lax')
    expect(cookie).not.toContain('Secure')
    expect(cookie).not.toContain('observe-token')
    expect((await person.open('/console/rooms/a?tab=1')).status).toBe(200)
    expect((await person.open('/v1/rooms')).status).toBe(200)
    expect(
      (
        await person.open('/v1/apply', {
          method: 'POST',
          body: {},
          headers: { 'Content-Type': 'application/json' },
        })
      ).status,
    ).toBe(403)
  })

  test('a wrong token in the address is 401 and sets no session', async () => {
    const person = visitor(server)
    const answer = await person.open('/console/?access_token=wrong')
    expect(answer.status).toBe(401)
    expect(await answer.text()).toContain('unknown')
    expect(person.cookie).toBeUndefined()
  })

  test('a token that may not see the console is 403', async () => {
    const answer = await visitor(server).open('/console/?access_token=attach-token')
    expect(answer.status).toBe(403)
    expect(await answer.text()).toContain('observe or admin')
    const json = await server.request('/console/session', { body: { access_token: 'attach-token' } })
    expect([json.status, json.headers.get('set-cookie')]).toEqual([403, null])
  })

  test('an agent token is none for the console', async () => {
    const { status } = await visitor(server).open(`/console/?access_token=magt_v1_${'a'.repeat(43)}`)
    expect(status).toBe(401)
  })

  test('signing in by a body, and out again', async () => {
    const person = visitor(server)
    const json = { 'Content-Type': 'application/json' }
    const signIn = await person.open('/console/session', {
      method: 'POST',
      body: { access_token: 'write-token' },
      headers: json,
    })
    expect(signIn.status).toBe(200)
    const cookie = person.cookie as string
    expect((await person.open('/console/')).status).toBe(200)
    expect((await person.open('/console/session', { method: 'DELETE' })).status).toBe(200)
    expect(person.cookie).toBeUndefined()
    expect((await server.request('/v1/rooms', { headers: { Cookie: cookie } })).status).toBe(401)
    expect((await person.open('/console/session', { method: 'DELETE' })).status).toBe(200)
  })

  test('a form of another site cannot sign anybody in', async () => {
    const answer = await visitor(server).open('/console/session', {
      method: 'POST',
      body: { access_token: 'observe-token' },
      headers: { Origin: 'https://evil.example', 'Content-Type': 'text/plain' },
    })
    expect([answer.status, answer.headers.get('set-cookie')]).toEqual([415, null])
  })

  test('a session that is over is 401, and the browser is told to forget it', async () => {
    const stale = { Cookie: `moltnet_session_${server.server.port}=gone` }
    for (const path of ['/console/', '/v1/rooms']) {
      const answer = await visitor(server).open(path, { headers: stale })
      expect(answer.status).toBe(401)
      expect(answer.headers.get('set-cookie')).toContain(
        `moltnet_session_${server.server.port}=; Path=/; Max-Age=0`,
      )
    }
  })

  test('a session is bound to its port', async () => {
    const person = visitor(server)
    await person.open('/console/?access_token=observe-token')
    const other = (person.cookie as string).replace(/_\d+=/, '_1=')
    expect((await server.request('/v1/rooms', { headers: { Cookie: other } })).status).toBe(401)
  })
})

test('the session cookie is Secure behind a proxy for https', async () => {
  await using server = await startServer({
    storage: 'memory',
    consoleAssets,
    config: { server: { trusted_proxies: ['127.0.0.1'] }, auth: { mode: 'bearer', tokens } },
  })
  const answer = await visitor(server).open('/console/?access_token=observe-token', {
    headers: { 'X-Forwarded-Proto': 'https' },
  })
  expect(answer.headers.get('set-cookie')).toContain('; Secure')
})

test('with public_read anybody sees the page', async () => {
  await using server = await startServer({
    storage: 'memory',
    consoleAssets,
    config: { auth: { mode: 'bearer', public_read: true, tokens } },
  })
  expect((await visitor(server).open('/console/')).status).toBe(200)
})
