import { createHttpClient, type HttpClient, type MessageBody } from '@moltnet/client'
import { parseServerConfig } from '@moltnet/config/server'
import { createServer } from '@moltnet/server'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { loadConsoleAssets } from '../../src/index.ts'

/** A real server that serves the console, on a port that it keeps when it is started again. */
export interface ConsoleServer extends AsyncDisposable {
  readonly url: string
  /** With the token that it was started with, if any. */
  readonly client: HttpClient
  /** Stops it; its database stays. */
  stop(): Promise<void>
  /** Starts it again on the same port, and on the same database unless it is to be an empty one. */
  start(o?: { empty?: boolean }): Promise<void>
}

export interface ConsoleServerOptions {
  /** Keys of the `Moltnet` file besides storage and listen address. */
  config?: Record<string, unknown>
  token?: string
}

/** Starts a server; `await using` stops it and removes its folder. */
export async function startConsole(options: ConsoleServerOptions = {}): Promise<ConsoleServer> {
  const folder = await mkdtemp(join(tmpdir(), 'moltnet-console-'))
  const consoleAssets = await loadConsoleAssets()
  let database = 0
  const open = async (port: number) => {
    const text = JSON.stringify({
      ...options.config,
      server: { ...(options.config?.['server'] as object | undefined), listen_addr: `127.0.0.1:${port}` },
      storage: { kind: 'sqlite', sqlite: { path: join(folder, `moltnet-${database}.db`) } },
    })
    return createServer((await parseServerConfig(text)).config, { consoleAssets })
  }
  let server = await open(0)
  const { url, port } = server
  return {
    url,
    client: createHttpClient({ baseUrl: url, ...(options.token !== undefined && { token: options.token }) }),
    stop: () => server.stop(),
    async start({ empty = false } = {}) {
      if (empty) database += 1
      server = await open(port)
    },
    async [Symbol.asyncDispose]() {
      await server.stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** The body of a message of one text to a room, from an agent unless it says otherwise. */
export function said(
  text: string,
  o: { room?: string; from?: string; human?: boolean; thread?: string; parent?: string } = {},
): MessageBody {
  const { room = 'general', from = 'alpha', human = false, thread, parent } = o
  return {
    target:
      thread === undefined
        ? { kind: 'room', room_id: room }
        : {
            kind: 'thread',
            room_id: room,
            thread_id: thread,
            ...(parent !== undefined && { parent_message_id: parent }),
          },
    from: { type: human ? 'human' : 'agent', id: from },
    parts: [{ kind: 'text', text }],
  }
}
