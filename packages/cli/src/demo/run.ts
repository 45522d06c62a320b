import { createHttpClient, type HttpClient, openEventStream, sendUntilKnown } from '@moltnet/client'
import { loadConsoleAssets } from '@moltnet/console'
import { loadNodeConfig } from '@moltnet/config/node'
import { loadServerConfig } from '@moltnet/config/server'
import { runNode } from '@moltnet/node'
import type { CreateMessage } from '@moltnet/protocol'
import { createServer, type MoltnetServer } from '@moltnet/server'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CommandError, EXIT, UsageError } from '../shell/failures.ts'
import { print } from '../shell/io.ts'
import { configureLogging } from '../shell/logging.ts'
import { programCommand } from '../shell/self.ts'
import { untilStopped } from '../shell/signals.ts'
import { VERSION } from '../version.ts'
import { DEMO_ROLES, DEMO_ROOM } from './agents.ts'
import { writeNodeFile, writeServerFile } from './files.ts'
import { DEMO_HUMAN, DEMO_SCRIPT, Listener } from './script.ts'
import { Transcript } from './transcript.ts'

/** The port that `moltnet start` would use too. */
const USUAL_PORT = 8787
/** The whole scripted conversation takes about two seconds; after this long something is wrong. */
const CONVERSATION_MS = 60_000

/** Runs the demo until the conversation is over (`exit`) or until Ctrl-C, and removes its folder. */
export async function runDemo(o: { exit: boolean; port: string | undefined }): Promise<number> {
  await configureLogging({ MOLTNET_LOG_LEVEL: 'warning', ...process.env })
  const stopped = untilStopped()
  await using folder = await temporaryFolder()
  await using server = closing(await startServer(folder.path, o.port), (it) => it.stop())
  const { config } = await loadNodeConfig({
    path: await writeNodeFile(folder.path, server.it.url),
    cwd: folder.path,
    env: {},
  })
  await using _node = closing(
    await runNode(config, { moltnetCommand: programCommand(), stateDir: join(folder.path, 'node') }),
    (it) => it.stop(),
  )
  introduce(server.it.url, folder.path)
  const end = new AbortController()
  const conversation = converse(server.it.url, end.signal)
  try {
    const outcome = await Promise.race([conversation.over, stopped, server.it.failed])
    if (outcome instanceof Error) throw outcome
    if (typeof outcome === 'string' || o.exit) return EXIT.ok
    print('\nThe scripted part is over. Say something yourself: in the console, or from another shell:')
    print(`  curl -s ${server.it.url}/v1/messages -H 'content-type: application/json' -d '${exampleBody()}'`)
    print('Ctrl-C stops the demo.\n')
    const last = await Promise.race([stopped, server.it.failed])
    if (last instanceof Error) throw last
    return EXIT.ok
  } finally {
    end.abort()
    await conversation.printed
  }
}

function introduce(url: string, folder: string): void {
  print(`Moltnet ${VERSION}: a network with ${Object.keys(DEMO_ROLES).length} agents, in ${folder}`)
  print(`  console  ${url}/console/`)
  print(`  API      ${url}/v1/rooms/${DEMO_ROOM}/messages`)
  for (const [id, role] of Object.entries(DEMO_ROLES)) print(`  @${id.padEnd(7)} ${role.about}`)
  print('')
}

function converse(baseUrl: string, signal: AbortSignal): { over: Promise<void>; printed: Promise<void> } {
  const client = createHttpClient({ baseUrl })
  const transcript = new Transcript()
  const listener = new Listener()
  let opened: () => void = () => {}
  const open = new Promise<void>((resolve) => {
    opened = resolve
  })
  const watch = async () => {
    const onState = (state: { state: string }) => state.state === 'open' && opened()
    for await (const event of openEventStream({ baseUrl, signal, onState })) {
      if (event.type !== 'message.created') continue
      transcript.show(event.message)
      listener.hear(event.message)
    }
  }
  const printed = watch().catch((error: unknown) => {
    if (!signal.aborted) throw error
  })
  const over = Promise.race([speak(client, listener, open), tooLong(signal), printed])
  return { over, printed }
}

async function speak(client: HttpClient, listener: Listener, open: Promise<void>): Promise<void> {
  await open
  await attached(client)
  for (const step of DEMO_SCRIPT) {
    const answered = listener.until(step.untilHeardFrom)
    await sendUntilKnown(client, humanMessage(step.says))
    await answered
  }
}

/** Waits until every agent of the demo is connected; a mention before that would still be delivered, only later. */
async function attached(client: HttpClient): Promise<void> {
  for (const id of Object.keys(DEMO_ROLES)) {
    while (!(await client.getAgent(id)).connected) await Bun.sleep(20)
  }
}

function humanMessage(text: string): CreateMessage {
  return {
    target: { kind: 'room', room_id: DEMO_ROOM },
    from: { type: 'human', ...DEMO_HUMAN },
    parts: [{ kind: 'text', text }],
  } as CreateMessage
}

function exampleBody(): string {
  return JSON.stringify(humanMessage('@guide what about loops and cost?'))
}

function tooLong(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const timer = setTimeout(
      () => reject(new CommandError('the agents did not finish their conversation in a minute')),
      CONVERSATION_MS,
    )
    signal.addEventListener('abort', () => clearTimeout(timer), { once: true })
  })
}

async function startServer(folder: string, port: string | undefined): Promise<MoltnetServer> {
  if (port !== undefined && !/^\d{1,5}$/.test(port)) throw new UsageError(`--port ${port} is no port number`)
  try {
    return await listen(folder, port ?? String(USUAL_PORT))
  } catch (error) {
    if (port !== undefined || !isTaken(error)) throw error
    return listen(folder, '0')
  }
}

/** The server says in its error's cause why it cannot listen. */
function isTaken(error: unknown): boolean {
  return error instanceof Error && (error.cause as NodeJS.ErrnoException | undefined)?.code === 'EADDRINUSE'
}

async function listen(folder: string, port: string): Promise<MoltnetServer> {
  const path = await writeServerFile(folder, `127.0.0.1:${port}`)
  const { config } = await loadServerConfig({ path, cwd: folder, env: {} })
  return createServer(config, { version: VERSION, consoleAssets: await loadConsoleAssets() })
}

async function temporaryFolder(): Promise<AsyncDisposable & { path: string }> {
  const path = await mkdtemp(join(tmpdir(), 'moltnet-demo-'))
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) }
}

function closing<T>(it: T, close: (it: T) => Promise<void>): AsyncDisposable & { it: T } {
  return { it, [Symbol.asyncDispose]: () => close(it) }
}
