import { createHttpClient, type HttpClient, sendUntilKnown } from '@moltnet/client'
import type { Message, MessageAccepted } from '@moltnet/protocol'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { until } from './condition.ts'
import { OPEN_GUARDS } from './open-guards.ts'
import { type RunOptions, type Running, startProgram } from './program.ts'

/** A server process on a fixed port, so that it can be killed and started again on the same files. */
export interface TestServer extends AsyncDisposable {
  url: string
  client: HttpClient
  process: Running
  /** Starts the program again on the same port and database; rejects when it ends before it is ready. */
  start(o?: Pick<RunOptions, 'env' | 'under'>): Promise<void>
  /** Kills it with SIGKILL, or with another signal, and waits for its end. */
  kill(signal?: NodeJS.Signals): Promise<void>
}

/** Longest time until a server is ready, in milliseconds: one with a thousand clients that come back is busy. */
const READY_MS = 60_000

/** Id of the network of every test server. */
export const TEST_NETWORK = 'testnet'

/** Starts `moltnet start` with its files in `folder`. `rooms` are YAML flow items. */
export async function startTestServer(o: {
  folder: string
  /** Id of the network; {@link TEST_NETWORK} by default. */
  network?: string
  rooms: string
  /** What is kept of the event log, as a YAML flow mapping. */
  events?: string
  /** A YAML flow mapping; without it nothing is guarded. */
  guards?: string
  extra?: string
  token?: string
  /** Any free one when left out. */
  port?: number
}): Promise<TestServer> {
  const port = o.port ?? (await freePort())
  const path = join(o.folder, 'Moltnet')
  await writeFile(
    path,
    `network: { id: ${o.network ?? TEST_NETWORK}, name: Test network }
server: { listen_addr: "127.0.0.1:${port}" }
storage: { kind: sqlite, sqlite: { path: ${JSON.stringify(join(o.folder, 'moltnet.db'))} }, events: ${o.events ?? '{}'} }
rooms: ${o.rooms}
guards: ${o.guards ?? OPEN_GUARDS}
${o.extra ?? ''}`,
    { mode: 0o600 },
  )
  const url = `http://127.0.0.1:${port}`
  const client = createHttpClient({ baseUrl: url, ...(o.token === undefined ? {} : { token: o.token }) })
  const start: TestServer['start'] = async ({ env, under } = {}) => {
    const running = startProgram(['start', path], {
      cwd: o.folder,
      env: { MOLTNET_LOG: 'json', ...env },
      ...(under !== undefined && { under }),
    })
    server.process = running
    let ended = false
    void running.exited.then(() => (ended = true))
    await until(
      async () => {
        if (await isReady(client)) return true
        if (ended) throw new Error(`the server ended before it was ready; its log:\n${running.log()}`)
        return false
      },
      () => `the server is ready; its log:\n${server.process.log()}`,
      READY_MS,
    )
  }
  const server: TestServer = {
    url,
    client,
    process: undefined as unknown as Running,
    start,
    async kill(signal = 'SIGKILL') {
      server.process.kill(signal)
      await server.process.exited
    },
    [Symbol.asyncDispose]: () => server.process[Symbol.asyncDispose](),
  }
  await start()
  return server
}

async function isReady(client: HttpClient): Promise<boolean> {
  try {
    await client.ready()
    return true
  } catch {
    return false
  }
}

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const probe = Bun.serve({ port: 0, hostname: '127.0.0.1', fetch: () => new Response() })
  const port = probe.port as number
  await probe.stop(true)
  return port
}

/** Posts as a human, retried with one id until the outcome is known. */
export function say(client: HttpClient, room: string, text: string): Promise<MessageAccepted> {
  return sendUntilKnown(client, {
    target: { kind: 'room', room_id: room },
    from: { type: 'human', id: 'maya', name: 'Maya' },
    parts: [{ kind: 'text', text }],
  })
}

/** The whole history of a room, oldest first, walked page by page. */
export async function wholeHistory(client: HttpClient, room: string): Promise<Message[]> {
  const all: Message[] = []
  let before: string | undefined
  do {
    const page = await client.listRoomMessages(room, {
      limit: 100,
      ...(before === undefined ? {} : { before }),
    })
    all.unshift(...page.messages)
    before = page.page.has_more ? page.page.next_before : undefined
  } while (before !== undefined)
  return all
}

/** Text of a message's parts. */
export function textOf(message: Message): string {
  return message.parts.map((part) => part.text ?? '').join('\n')
}

/** Waits until every one of these agents is connected. */
export async function untilConnected(client: HttpClient, ...agents: string[]): Promise<void> {
  for (const id of agents) {
    await until(
      async () => (await client.getAgent(id).catch(() => undefined))?.connected,
      `${id} is connected`,
    )
  }
}
