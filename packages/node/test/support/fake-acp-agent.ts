/**
 * Behaves like an agent that speaks ACP over stdio. Flags choose what agents differ in:
 *
 *   --load | --forgetful    reopens sessions by session/load (with a replay that goes on after its answer),
 *                           or not at all
 *   --fail-silently         a failed model call is an end_turn without text
 *   --fail-as-text          … an end_turn with the error as text, and sessionFailure for who asked for it
 *   --login | --login-old   wants a login, or only for a session of before
 *   --version-2, --mute     speaks another version, or does not answer initialize
 *   --ignore-cancel         goes on after session/cancel
 *
 * Further directives: `@ask:{command}` asks for permission to run it, `@think` answers by thoughts alone,
 * `@quiet` says nothing,
 * `@long=bytes` says that much in many updates, `@stop=reason` gives the stop reason, `@lose` forgets the session.
 */
import { appendFileSync, existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { note, think } from './fake-model.ts'

const flags = new Set(process.argv.slice(2))
const folder = join(process.env.HOME ?? '', '.acp', 'sessions')
mkdirSync(folder, { recursive: true })
note('start', { args: [...flags], cwd: process.cwd(), env: { ...process.env } })
process.on('SIGTERM', () => process.exit(0))

type Params = Record<string, never> & { sessionId: string; prompt: { text: string }[]; cwd: string }
interface OpenSession {
  file: string
  prompts: number
  abort: AbortController
}

const sessions = new Map<string, OpenSession>()
const asked = new Map<number, (result: unknown) => void>()
let nextId = 0
let wantsFailures = false

const send = (message: object) => process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`)
const update = (sessionId: string, body: object) =>
  send({ method: 'session/update', params: { sessionId, update: body } })
const chunk = (sessionId: string, text: string, kind = 'agent_message_chunk') =>
  update(sessionId, { sessionUpdate: kind, content: { type: 'text', text } })

class Failure extends Error {
  readonly code: number
  constructor(code: number, message: string) {
    super(message)
    this.code = code
  }
}

function open(sessionId: string, prompts: number): OpenSession {
  const session = { file: join(folder, sessionId), prompts, abort: new AbortController() }
  sessions.set(sessionId, session)
  return session
}

function reopen({ sessionId }: Params): object {
  const file = join(folder, sessionId)
  if (flags.has('--login-old')) throw new Failure(-32000, 'Authentication required')
  if (!existsSync(file)) throw new Failure(-32603, 'Internal error')
  const lines = readFileSync(file, 'utf8').trim().split('\n')
  open(sessionId, lines.length)
  if (flags.has('--load')) void replay(sessionId, lines)
  return {}
}

async function replay(sessionId: string, lines: string[]): Promise<void> {
  for (const line of lines) {
    await Bun.sleep(20)
    chunk(sessionId, `replayed ${line}`)
  }
}

async function ask(sessionId: string, command: string): Promise<string> {
  const id = nextId++
  const answer = new Promise<unknown>((resolve) => asked.set(id, resolve))
  send({
    id,
    method: 'session/request_permission',
    params: {
      sessionId,
      toolCall: { toolCallId: 'call_1', title: command, kind: 'execute' },
      options: [
        { optionId: 'always', name: 'Always', kind: 'allow_always' },
        { optionId: 'once', name: 'Once', kind: 'allow_once' },
        { optionId: 'no', name: 'No', kind: 'reject_once' },
      ],
    },
  })
  return JSON.stringify(await answer)
}

async function prompt({ sessionId, prompt: blocks }: Params): Promise<object> {
  const session = sessions.get(sessionId)
  if (session === undefined) throw new Failure(-32002, 'Resource not found')
  const text = blocks.map((block) => block.text).join('\n')
  note('prompt', { prompt: text })
  note('session', { id: sessionId, how: session.prompts === 0 ? 'begun' : 'resumed' })
  session.prompts += 1
  session.abort = new AbortController()
  appendFileSync(session.file, `${JSON.stringify(text)}\n`)
  update(sessionId, { sessionUpdate: 'available_commands_update', availableCommands: [] })
  const { say, fail } = await think(text, flags.has('--ignore-cancel') ? undefined : session.abort.signal)
  if (text.includes('@flood')) process.stdout.write('\n')
  if (session.abort.signal.aborted) return { stopReason: 'cancelled' }
  if (fail) return failTurn(sessionId)
  const command = /@ask:\{([^}]*)\}/.exec(text)?.[1]
  if (command !== undefined) note('permission', { output: await ask(sessionId, command) })
  if (text.includes('@lose')) {
    sessions.delete(sessionId)
    rmSync(session.file)
  }
  const long = Number(/@long=(\d+)/.exec(text)?.[1] ?? 0)
  for (let left = long; left > 0; left -= 10_000) chunk(sessionId, 'y'.repeat(Math.min(left, 10_000)))
  if (long > 0 || text.includes('@quiet')) return { stopReason: 'end_turn' }
  if (text.includes('@think')) chunk(sessionId, 'hm', 'agent_thought_chunk')
  else {
    chunk(sessionId, 'let me see')
    update(sessionId, { sessionUpdate: 'tool_call', toolCallId: 'call_2', title: 'ls', kind: 'execute' })
    for (const part of say.match(/[\s\S]{1,3}/g) ?? []) chunk(sessionId, part)
  }
  return { stopReason: /@stop=(\w+)/.exec(text)?.[1] ?? 'end_turn' }
}

function failTurn(sessionId: string): object {
  if (flags.has('--fail-silently')) return { stopReason: 'end_turn' }
  if (!flags.has('--fail-as-text')) throw new Failure(-32603, 'Internal error: the model refused')
  chunk(sessionId, 'the model refused')
  const failure = { sessionFailure: { severity: 'error', title: 'the model refused' } }
  return { stopReason: 'end_turn', ...(wantsFailures ? { _meta: { 'jetbrains.air': failure } } : {}) }
}

function initialize(params: unknown): object {
  wantsFailures = JSON.stringify(params).includes('sessionFailure')
  return {
    protocolVersion: flags.has('--version-2') ? 2 : 1,
    agentInfo: { name: 'fake', version: '1' },
    agentCapabilities: {
      loadSession: flags.has('--load'),
      sessionCapabilities: flags.has('--load') || flags.has('--forgetful') ? {} : { resume: {} },
    },
    authMethods: [{ id: 'key', name: 'API key' }],
  }
}

function newSession(): object {
  if (flags.has('--login')) throw new Failure(-32000, 'Authentication required')
  const sessionId = crypto.randomUUID()
  open(sessionId, 0)
  return { sessionId }
}

async function handle(method: string, params: Params): Promise<object | undefined> {
  switch (method) {
    case 'initialize':
      return flags.has('--mute') ? undefined : initialize(params)
    case 'session/new':
      return newSession()
    case 'session/resume':
    case 'session/load':
      return reopen(params)
    case 'session/prompt':
      return await prompt(params)
    case 'session/cancel':
      sessions.get(params.sessionId)?.abort.abort()
      return undefined
    default:
      throw new Failure(-32601, 'Method not found')
  }
}

async function receive(line: string): Promise<void> {
  const { id, method, params, result } = JSON.parse(line)
  if (method === undefined) {
    asked.get(id)?.(result)
    return
  }
  try {
    const answer = await handle(method, params)
    if (id !== undefined && answer !== undefined) send({ id, result: answer })
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    send({ id, error: { code: error.code, message: error.message } })
  }
}

process.stdout.write('An agent that greets before it speaks ACP\n')
let rest = ''
for await (const part of Bun.stdin.stream().pipeThrough(new TextDecoderStream())) {
  const lines = (rest + part).split('\n')
  rest = lines.pop() ?? ''
  for (const line of lines) void receive(line)
}
// Like agents that do not notice that nobody talks to them any more.
await new Promise(() => setInterval(() => {}, 1_000))
