import { Database } from 'bun:sqlite'
import { afterEach, beforeEach, describe, expect, test } from 'bun:test'
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ListenError } from '../src/listen.ts'
import { StoreOpenError } from '../src/store/port.ts'
import { killGroup } from './support/group.ts'
import { rejectionOf } from './support/rejection.ts'
import { startServer } from './support/start-server.ts'
import { eventually } from './support/wait.ts'

const STRACE = Bun.which('strace')
const PROCESS = new URL('./support/server-main.ts', import.meta.url).pathname

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'moltnet-server-test-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const ROOMS = [{ id: 'general', members: ['alpha'] }]

function message(id: string) {
  const parts = [{ kind: 'text', text: id }]
  return { id, target: { kind: 'room', room_id: 'general' }, from: { type: 'agent', id: 'alpha' }, parts }
}

async function storedIds(): Promise<string[]> {
  await using server = await startServer({ folder, config: { rooms: ROOMS } })
  const { body } = await server.json<{ messages: { id: string }[] }>('/v1/rooms/general/messages?limit=500')
  return body.messages.map((stored) => stored.id)
}

describe('starting', () => {
  test('says that the database is damaged when that shows only after it was opened', async () => {
    const first = await startServer({ folder, config: { rooms: ROOMS } })
    await first.stop()
    const path = join(folder, 'moltnet.db')
    const database = new Database(path, { readonly: true })
    const table = database.query("SELECT rootpage FROM sqlite_schema WHERE name = 'chains'").values()
    const size = database.query('PRAGMA page_size').values()
    database.close()
    const [pageSize, page] = [Number(size[0]?.[0]), Number(table[0]?.[0])]
    const file = openSync(path, 'r+')
    writeSync(file, new Uint8Array(pageSize).fill(0xa5), 0, pageSize, (page - 1) * pageSize)
    closeSync(file)
    const error = await rejectionOf(startServer({ folder, config: { rooms: ROOMS } }))
    expect(error).toBeInstanceOf(StoreOpenError)
    expect((error as Error).message).toBe(`cannot use ${path}: it is damaged; restore it from a backup`)
  })
})

describe('stopping', () => {
  test('answers what is in flight, turns new requests away, and loses nothing it accepted', async () => {
    const server = await startServer({ folder, config: { rooms: ROOMS } })
    const outcomes: Record<string, number> = {}
    const posts = Array.from({ length: 64 }, async (_, n) => {
      const answer = await server.request('/v1/messages', { body: message(`m${n}`) }).catch(() => undefined)
      outcomes[`m${n}`] = answer?.status ?? 0
    })
    const started = performance.now()
    await server.stop()
    expect(performance.now() - started).toBeLessThan(2_000)
    await Promise.all(posts)
    expect(Object.values(outcomes).every((status) => [202, 503, 0].includes(status))).toBe(true)
    const stored = await storedIds()
    const accepted = Object.keys(outcomes).filter((id) => outcomes[id] === 202)
    expect(accepted.filter((id) => !stored.includes(id))).toEqual([])
  })

  test('may be asked for twice, and frees port and file', async () => {
    const server = await startServer({ folder, config: { rooms: ROOMS } })
    const { port } = server.server
    await Promise.all([server.server.stop(), server.server.stop()])
    expect(await rejectionOf(fetch(`${server.url}/healthz`))).toBeInstanceOf(Error)
    await using again = await startServer({
      folder,
      config: { server: { listen_addr: `127.0.0.1:${port}` } },
    })
    expect((await again.request('/readyz')).status).toBe(200)
  })

  test('does not wait for a client that sends nothing or reads nothing', async () => {
    const server = await startServer({ folder, config: { rooms: ROOMS } })
    const stream = await server.request('/v1/events/stream')
    const idle = await Bun.connect({
      hostname: '127.0.0.1',
      port: server.server.port,
      socket: {
        data() {},
        open: (socket) =>
          void socket.write('POST /v1/messages HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 100\r\n\r\n{'),
      },
    })
    const started = performance.now()
    await server.stop()
    expect(performance.now() - started).toBeLessThan(2_000)
    idle.end()
    await stream.body?.cancel().catch(() => undefined)
  })
})

describe('starting', () => {
  test('is refused on a taken port with the address, and releases the database', async () => {
    await using first = await startServer({ storage: 'memory' })
    const taken = { listen_addr: `127.0.0.1:${first.server.port}` }
    const error = await rejectionOf(startServer({ folder, config: { server: taken } }))
    expect(error).toBeInstanceOf(ListenError)
    expect((error as Error).message).toBe(
      `cannot listen on 127.0.0.1 port ${first.server.port}: another program has this port; stop it or set another server.listen_addr`,
    )
    await using second = await startServer({ folder })
    expect((await second.request('/readyz')).status).toBe(200)
  })

  test('is refused while another server has the database', async () => {
    await using first = await startServer({ folder })
    const error = await rejectionOf(startServer({ folder }))
    expect(error).toBeInstanceOf(StoreOpenError)
    expect((error as Error).message).toContain(`${first.databasePath} is in use by another Moltnet server`)
    expect((await first.request('/readyz')).status).toBe(200)
  })

  test('without a host and auth listens on both loopback addresses and no other', async () => {
    await using server = await startServer({ storage: 'memory', config: { server: { listen_addr: ':0' } } })
    const { port } = server.server
    expect((await fetch(`http://127.0.0.1:${port}/healthz`)).status).toBe(200)
    expect((await fetch(`http://[::1]:${port}/healthz`)).status).toBe(200)
    expect(await rejectionOf(fetch(`http://127.0.0.2:${port}/healthz`))).toBeInstanceOf(Error)
  })
})

test.skipIf(STRACE === null)(
  'after a failed fsync the server is not ready, accepts nothing, and says so',
  async () => {
    const inject = [
      '-f',
      '-qq',
      '-o',
      '/dev/null',
      '-e',
      'trace=fsync',
      '-e',
      'inject=fsync:error=EIO:when=150',
    ]
    const child = Bun.spawn(
      [STRACE as string, ...inject, process.execPath, PROCESS, folder, JSON.stringify({ rooms: ROOMS })],
      {
        stdout: 'pipe',
        stderr: 'ignore',
        detached: true,
      },
    )
    try {
      let output = ''
      void (async () => {
        for await (const chunk of child.stdout) output += new TextDecoder().decode(chunk)
      })()
      await eventually(() => output.includes('\n'), 'the server prints its port', 20_000)
      const url = output.trim()
      const post = async (n: number) => {
        const body = JSON.stringify(message(`m${n}`))
        const answer = await fetch(`${url}/v1/messages`, { method: 'POST', body })
        return { status: answer.status, text: await answer.text() }
      }
      const accepted: string[] = []
      let answer = await post(0)
      for (let n = 0; answer.status === 202 && n < 1_000; answer = await post(++n)) accepted.push(`m${n}`)
      expect(accepted.length).toBeGreaterThan(5)
      expect(answer.status).toBe(503)
      expect(JSON.parse(answer.text)).toMatchObject({
        error: 'service unavailable',
        code: 'service_unavailable',
      })
      expect((await post(2_000)).status).toBe(503)
      expect((await fetch(`${url}/readyz`)).status).toBe(503)
      expect((await fetch(`${url}/healthz`)).status).toBe(503)
      expect(await (await fetch(`${url}/metrics`)).text()).toContain('\nmoltnet_store_health 0\n')
      await eventually(() => output.includes('failed'), 'the server says that it failed')
      await killGroup(child)
      let stored: string[] = []
      // What was traced may end a moment after its tracer; until then it holds the file.
      const isFree = async () => (stored = await storedIds().catch(() => [])).length > 0
      await eventually(isFree, 'the database is free')
      expect(accepted.filter((id) => !stored.includes(id))).toEqual([])
    } finally {
      await killGroup(child)
    }
  },
  30_000,
)

test('figures are Prometheus text with the names of the contract', async () => {
  await using server = await startServer({ storage: 'memory', config: { rooms: ROOMS } })
  await server.request('/v1/messages', { body: message('m1') })
  await server.request('/v1/rooms/some-room-that-is-not-there')
  const text = await (await server.request('/metrics')).text()
  for (const line of [
    'moltnet_http_requests_total{method="POST",route="/v1/messages",status="202"} 1',
    'moltnet_http_requests_total{method="GET",route="/v1/rooms/{id}",status="404"} 1',
    'moltnet_http_request_duration_seconds_bucket{method="POST",route="/v1/messages",le="10"} 1',
    'moltnet_http_request_duration_seconds_count{method="POST",route="/v1/messages"} 1',
    'moltnet_active_attachments 0',
    'moltnet_active_sse_subscribers 0',
    'moltnet_relay_total{result="success"} 0',
    'moltnet_events_dropped_total 0',
    'moltnet_store_health 1',
    'moltnet_messages_accepted_total 1',
  ]) {
    expect(text).toContain(`${line}\n`)
  }
  for (const line of text.trimEnd().split('\n')) {
    expect(line).toMatch(/^(# (HELP|TYPE) [a-z_]+ .+|[a-z_]+(\{([a-z]+="[^"]*",?)+\})? [-+0-9.eInf]+)$/)
  }
})
