import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseServerConfig } from '@moltnet/config/server'
import { createServer } from '../../src/server.ts'
import type { MoltnetServer, ServerOverrides } from '../../src/server.ts'
import { guards } from './guards.ts'

/** How a test's server differs from a default one without auth on a free loopback port. */
export interface StartOptions extends ServerOverrides {
  /**
   * Keys of the `Moltnet` file, such as `auth` and `rooms`; storage and listen address are made here. Without
   * `guards` nothing is guarded.
   */
  readonly config?: Record<string, unknown>
  readonly storage?: 'sqlite' | 'memory'
  /** Folder of the database; one that is removed at the end when it is left out. */
  readonly folder?: string
}

/** A real server in this process. */
export interface TestServer extends AsyncDisposable {
  readonly url: string
  readonly server: MoltnetServer
  /** The database file. */
  readonly databasePath: string
  /** A request with a JSON body when there is one; `path` starts with `/`. */
  request(path: string, options?: RequestOptions): Promise<Response>
  /** The parsed answer of {@link request}. */
  json<T = Record<string, unknown>>(
    path: string,
    options?: RequestOptions,
  ): Promise<{ status: number; body: T }>
  stop(): Promise<void>
}

export interface RequestOptions {
  readonly method?: string
  readonly body?: unknown
  readonly token?: string
  readonly headers?: Record<string, string>
}

/** Starts a server; `await using` stops it and removes its folder. */
export async function startServer(options: StartOptions = {}): Promise<TestServer> {
  const { config: keys = {}, storage = 'sqlite', folder, ...overrides } = options
  const dir = folder ?? mkdtempSync(join(tmpdir(), 'moltnet-server-'))
  const databasePath = join(dir, 'moltnet.db')
  const text = JSON.stringify({
    // Most tests let agents talk more than any network should.
    guards: guards(),
    ...keys,
    server: { listen_addr: '127.0.0.1:0', ...(keys['server'] as object | undefined) },
    storage: {
      kind: storage,
      ...(storage === 'sqlite' && { sqlite: { path: databasePath } }),
      ...(keys['storage'] as object | undefined),
    },
  })
  const { config } = await parseServerConfig(text)
  const server = await createServer(config, overrides)
  const request = (path: string, { method, body, token, headers }: RequestOptions = {}) =>
    fetch(`${server.url}${path}`, {
      method: method ?? (body === undefined ? 'GET' : 'POST'),
      body: body === undefined ? undefined : JSON.stringify(body),
      headers: { ...(token !== undefined && { Authorization: `Bearer ${token}` }), ...headers },
    })
  const stop = async () => {
    await server.stop()
    if (folder === undefined) rmSync(dir, { recursive: true, force: true })
  }
  return {
    url: server.url,
    server,
    databasePath,
    request,
    async json<T>(path: string, init?: RequestOptions) {
      const answer = await request(path, init)
      return { status: answer.status, body: (await answer.json()) as T }
    },
    stop,
    [Symbol.asyncDispose]: stop,
  }
}
