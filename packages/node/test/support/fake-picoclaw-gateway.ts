/**
 * The Pico channel of PicoClaw's gateway as read in 0.2.9: frames over a WebSocket, typing that stops
 * before every message, answers that are lost when nobody listens, a second message merged into the
 * running turn, `/stop`. No mark for the end of a turn.
 *
 *   @tool     a thought and a tool call before the answer
 *   @parts    the answer in two messages
 *   @stale    the typing of an earlier turn stops when this one begins
 *   @edit     a placeholder that becomes the answer
 *   @drop     cuts the sockets while the turn goes on
 *   @die      the gateway itself dies
 */
import type { ServerWebSocket } from 'bun'
import { z } from 'zod'
import { note, think } from './fake-model.ts'
import { KeptSessions } from './kept-sessions.ts'
import { announce, optionsOfScene, portOfScene } from './server-scene.ts'

/** How a test wants it. */
export interface FakePicoclawOptions {
  token: string
  /** No Pico channel is configured. */
  disabled: boolean
  /** No more connections are taken. */
  full: boolean
}

type Socket = ServerWebSocket<{ session: string }>

interface Turn {
  steering: string[]
  stop: AbortController
  typing: boolean
}

const Inbound = z.object({
  type: z.string(),
  id: z.string().optional(),
  session_id: z.string().optional(),
  payload: z.object({ content: z.string().optional() }).optional(),
})

const options = optionsOfScene<FakePicoclawOptions>()
const sessions = new KeptSessions('picoclaw-sessions.json')
const sockets = new Set<Socket>()
const turns = new Map<string, Turn>()

function tell(session: string, type: string, payload?: object): void {
  const frame = JSON.stringify({
    type,
    session_id: session,
    timestamp: Date.now(),
    ...(payload && { payload }),
  })
  const heard = [...sockets].filter((socket) => socket.data.session === session)
  for (const socket of heard) socket.send(frame)
  if (heard.length === 0 && type === 'message.create') note('lost', { session })
}

/** Typing stops before every message that goes out. */
function create(session: string, turn: Turn, payload: { content: string } & Record<string, unknown>): void {
  stopTyping(session, turn)
  tell(session, 'message.create', { message_id: crypto.randomUUID(), ...payload })
}

function stopTyping(session: string, turn: Turn): void {
  if (turn.typing) tell(session, 'typing.stop')
  turn.typing = false
}

async function work(session: string, prompt: string, turn: Turn): Promise<void> {
  sessions.use(session)
  note('prompt', { prompt })
  tell(session, 'typing.start')
  turn.typing = true
  if (prompt.includes('@stale')) tell(session, 'typing.stop')
  await flood(session, prompt)
  if (prompt.includes('@drop')) {
    for (const socket of sockets) socket.terminate()
    sockets.clear()
  }
  if (prompt.includes('@edit')) {
    create(session, turn, { content: 'Thinking…', message_id: 'draft', placeholder: true })
  }
  if (prompt.includes('@tool')) {
    create(session, turn, { content: 'I wonder', kind: 'thought', thought: true })
    create(session, turn, { content: 'exec', kind: 'tool_calls', tool_calls: [{ name: 'exec' }] })
  }
  const crash = prompt.includes('@crash')
  const said = await think(prompt.replaceAll(/@flood=\d+|@crash/g, ''), turn.stop.signal)
  if (crash || prompt.includes('@die')) process.kill(process.pid, 'SIGKILL')
  if (turn.stop.signal.aborted) create(session, turn, { content: 'Task stopped.' })
  else answer({ session, turn, prompt, said })
  stopTyping(session, turn)
}

interface Answer {
  session: string
  turn: Turn
  prompt: string
  said: { fail: boolean; say: string }
}

function answer({ session, turn, prompt, said }: Answer): void {
  if (said.fail) return create(session, turn, { content: 'Error processing message: the model refused' })
  const texts = [said.say, ...turn.steering.map((text) => `(also: ${text.length})`)].filter(
    (text) => text !== '',
  )
  if (prompt.includes('@edit')) {
    stopTyping(session, turn)
    return tell(session, 'message.update', { message_id: 'draft', content: said.say })
  }
  const content = texts.join(' ')
  if (content === '') return
  if (!prompt.includes('@parts')) return create(session, turn, { content, model_name: 'fake-1' })
  create(session, turn, { content: content.slice(0, 3) })
  create(session, turn, { content: content.slice(3) })
}

async function flood(session: string, prompt: string): Promise<void> {
  const content = 'x'.repeat(1_048_576)
  for (let left = Number(/@flood=(\d+)/.exec(prompt)?.[1] ?? 0); left > 0; left -= content.length) {
    tell(session, 'message.create', { content, kind: 'thought' })
    for (const socket of sockets) while (socket.getBufferedAmount() > 0) await Bun.sleep(1)
  }
}

function receive(socket: Socket, text: string): void {
  const { type, id, session_id, payload } = Inbound.parse(JSON.parse(text))
  if (type === 'ping') return void socket.send(JSON.stringify({ type: 'pong', id }))
  const session = session_id ?? socket.data.session
  if (type !== 'message.send') return fault(socket, 'unknown_type', `unknown message type: ${type}`)
  const content = payload?.content ?? ''
  if (content.trim() === '') return fault(socket, 'empty_content', 'message content is empty')
  note('sent', { id, content })
  const running = turns.get(session)
  if (content === '/stop') return running?.stop.abort()
  if (running !== undefined) return void running.steering.push(content)
  const turn: Turn = { steering: [], stop: new AbortController(), typing: false }
  turns.set(session, turn)
  void work(session, content, turn).finally(() => turns.delete(session))
}

function fault(socket: Socket, code: string, message: string): void {
  socket.send(JSON.stringify({ type: 'error', payload: { code, message } }))
}

const server = Bun.serve<{ session: string }>({
  hostname: '127.0.0.1',
  port: portOfScene(),
  fetch(request, self) {
    const { pathname, searchParams } = new URL(request.url)
    if (pathname !== '/pico/ws' || options.disabled)
      return new Response('404 page not found', { status: 404 })
    const isWelcome =
      options.token === undefined || request.headers.get('authorization') === `Bearer ${options.token}`
    if (!isWelcome) return new Response('unauthorized', { status: 401 })
    if (options.full) return new Response('too many connections', { status: 503 })
    const session = searchParams.get('session_id') ?? crypto.randomUUID()
    return self.upgrade(request, { data: { session } }) ? undefined : new Response('', { status: 400 })
  },
  websocket: {
    open(socket) {
      sockets.add(socket)
      note('connected', { session: socket.data.session })
    },
    message: (socket, text) => receive(socket, String(text)),
    close: (socket) => void sockets.delete(socket),
  },
})
announce(server.port)
