/**
 * TinyAGI as measured with 0.0.20: a queue in a file, one message of the agent after another, an event
 * stream, responses that wait to be acknowledged. Older versions have no stream and no status.
 *
 *   @crash     the program that answers dies: TinyAGI apologises
 *   @drop      cuts all event streams while the message is worked on
 *   @die       TinyAGI itself dies, once; what was unfinished is worked on after its next start
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { note, think } from './fake-model.ts'
import { KeptSessions } from './kept-sessions.ts'
import { announce, fileOfScene, optionsOfScene, portOfScene } from './server-scene.ts'

/** How a test wants it. */
export interface FakeTinyclawOptions {
  /** A version without event stream and status. */
  old: boolean
  /** What a proxy in front of it asks for. */
  token: string
}

interface Row {
  messageId: string
  channel: string
  sender: string
  message: string
  state: 'pending' | 'completed'
}

interface Queued {
  id: number
  messageId: string
  channel: string
  message: string
  agent: string
}

const AGENT = 'tinyagi'
const APOLOGY = 'Sorry, I encountered an error processing your request. Please check the queue logs.'
const options = optionsOfScene<FakeTinyclawOptions>()
const sessions = new KeptSessions('tinyclaw-sessions.json')
const path = fileOfScene('tinyclaw-queue.json')
const kept = existsSync(path)
  ? (JSON.parse(readFileSync(path, 'utf8')) as { rows: Row[]; responses: Queued[] })
  : { rows: [], responses: [] }
const streams = new Set<ReadableStreamDefaultController<Uint8Array>>()
const encoder = new TextEncoder()
let processing = 0
let chain = Promise.resolve()

function keep(): void {
  writeFileSync(path, JSON.stringify(kept))
}

function emit(name: string, data: object): void {
  const bytes = encoder.encode(`event: ${name}\ndata: ${JSON.stringify(data)}\n\n`)
  for (const stream of streams) stream.enqueue(bytes)
}

function respond({ messageId, channel }: Row, text: string): void {
  const message = `${text}\n\n- [${AGENT}]`
  kept.responses.push({ id: kept.responses.length + 1, messageId, channel, message, agent: AGENT })
  keep()
  emit('message:done', { channel, agentId: AGENT, responseText: message, messageId })
}

async function flood(message: string): Promise<void> {
  const text = 'x'.repeat(1_048_576)
  for (let left = Number(/@flood=(\d+)/.exec(message)?.[1] ?? 0); left > 0; left -= text.length) {
    emit('agent:progress', { agentId: AGENT, text, messageId: 'another' })
    while ([...streams].some((stream) => (stream.desiredSize ?? 0) < -8)) await Bun.sleep(1)
  }
}

async function work(row: Row): Promise<void> {
  const { messageId, channel, message } = row
  processing += 1
  sessions.use(AGENT)
  note('prompt', { prompt: message, messageId })
  emit('agent:invoke', { agentId: AGENT, agentName: 'Tiny', fromAgent: null })
  await flood(message)
  if (message.includes('@drop')) {
    for (const stream of streams) stream.close()
    streams.clear()
  }
  const dies = message.includes('@die') && !existsSync(fileOfScene('died'))
  const said = await think(message.replaceAll(/@flood=\d+|@crash/g, ''))
  if (dies) {
    writeFileSync(fileOfScene('died'), '')
    process.kill(process.pid, 'SIGKILL')
  }
  const failed = said.fail || message.includes('@crash')
  // The end of somebody else's message, with ours named in its text.
  emit('agent:response', { agentId: AGENT, messageId: 'another', content: `NOISE ${messageId}` })
  if (!failed && message.includes('@tool')) respond(row, '[tool: Bash]')
  const content = failed ? APOLOGY : said.say
  respond(row, content)
  row.state = 'completed'
  processing -= 1
  keep()
  emit('agent:response', {
    agentId: AGENT,
    role: 'assistant',
    channel,
    messageId,
    content,
    isTeamMessage: false,
  })
}

function enqueue(row: Row): void {
  chain = chain.then(() => work(row))
}

async function post(request: Request): Promise<Response> {
  const body = (await request.json()) as Partial<Row>
  const { message, channel = 'api', sender = 'API', messageId = crypto.randomUUID() } = body
  note('posted', { ...body })
  if (!message) return Response.json({ error: 'message is required' }, { status: 400 })
  if (kept.rows.some((row) => row.messageId === messageId)) {
    return Response.json({ error: 'duplicate messageId', messageId }, { status: 409 })
  }
  const row: Row = { messageId, channel, sender, message, state: 'pending' }
  kept.rows.push(row)
  keep()
  emit('message:incoming', { messageId, agent: AGENT, channel, sender, message: message.slice(0, 120) })
  enqueue(row)
  return Response.json({ ok: true, messageId })
}

function openStream(): Response {
  let own: ReadableStreamDefaultController<Uint8Array>
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      own = controller
      streams.add(own)
      own.enqueue(encoder.encode(': hello\n\n'))
    },
    cancel: () => void streams.delete(own),
  })
  note('stream')
  return new Response(body, { headers: { 'content-type': 'text/event-stream' } })
}

function isPending({ state }: Row): boolean {
  return state === 'pending'
}

const server = Bun.serve({
  hostname: '127.0.0.1',
  port: portOfScene(),
  idleTimeout: 0,
  fetch(request) {
    const { pathname, searchParams } = new URL(request.url)
    const wanted = options.token === undefined ? undefined : `Bearer ${options.token}`
    if (wanted !== undefined && request.headers.get('authorization') !== wanted) {
      return Response.json({ error: 'unauthorized' }, { status: 401 })
    }
    if (pathname === '/api/message' && request.method === 'POST') return post(request)
    if (pathname === '/api/events/stream' && !options.old) return openStream()
    if (pathname === '/api/queue/status' && !options.old) {
      const incoming = kept.rows.filter(isPending).length - processing
      return Response.json({ incoming, processing, completed: 0, dead: 0 })
    }
    if (pathname === '/api/responses/pending') {
      const channel = searchParams.get('channel')
      if (channel === null) return Response.json({ error: 'channel query param required' }, { status: 400 })
      return Response.json(kept.responses.filter((one) => one.channel === channel))
    }
    const acknowledged = /^\/api\/responses\/(\d+)\/ack$/.exec(pathname)?.[1]
    if (acknowledged !== undefined && request.method === 'POST') {
      kept.responses = kept.responses.filter(({ id }) => id !== Number(acknowledged))
      keep()
      note('acknowledged', { id: acknowledged })
      return Response.json({ ok: true })
    }
    return new Response('not found', { status: 404 })
  },
})
announce(server.port)
for (const row of kept.rows.filter(isPending)) enqueue(row)
