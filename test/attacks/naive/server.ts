import type { OwnServer } from '../../conformance/own/server.ts'
import { OWN_NETWORK, type Setup, targetOf } from '../../conformance/own/setup.ts'
import { NaiveNetwork } from './network.ts'

type Json = Record<string, unknown>

interface SocketData {
  agent: string
  listener: ((event: Json) => void) | undefined
}

const VERSION = 'moltnet.attach.v1'

/**
 * The server that one writes in an afternoon: it speaks Moltnet to those who mean well and checks nothing
 * but whether a credential exists. Every attack has to succeed against it; one that does not proves nothing.
 */
export function startNaiveServer(setup: Setup): OwnServer {
  const network = new NaiveNetwork(OWN_NETWORK)
  const requests = new Map<string, number>()
  const server = Bun.serve<SocketData>({
    hostname: '127.0.0.1',
    port: 0,
    idleTimeout: 0,
    maxRequestBodySize: 8 * 1024 * 1024,
    fetch: async (request, self) => {
      const path = request.url.replace(/^https?:\/\/[^/]+/, '')
      if (request.headers.get('upgrade') === 'websocket') {
        const upgraded = self.upgrade(request, { data: { agent: '', listener: undefined } })
        return upgraded ? undefined : new Response('', { status: 400 })
      }
      const line = `${request.method} ${path}`
      requests.set(line, (requests.get(line) ?? 0) + 1)
      if (path === '/metrics') return new Response(metricsText(requests))
      return answer({ network, request, path, open: setup.mode === 'none', isKnown })
    },
    websocket: {
      maxPayloadLength: 8 * 1024 * 1024,
      open: (socket) => {
        socket.send(JSON.stringify({ op: 'HELLO', version: VERSION, heartbeat_interval_ms: 5_000 }))
      },
      message: (socket, data) => {
        const frame = JSON.parse(String(data)) as { op: string; agent?: { id: string } }
        if (frame.op !== 'IDENTIFY') return
        const head = { version: VERSION, network_id: OWN_NETWORK }
        socket.data.listener = (event) => {
          socket.send(JSON.stringify({ op: 'EVENT', ...head, cursor: event['id'], event }))
        }
        network.listeners.add(socket.data.listener)
        socket.send(JSON.stringify({ op: 'READY', ...head, agent_id: frame.agent?.id }))
      },
      close: (socket) => {
        if (socket.data.listener !== undefined) network.listeners.delete(socket.data.listener)
      },
    },
  })
  const target = targetOf(setup, `http://127.0.0.1:${server.port}`)
  const tokens = new Set(Object.values(target.credentials))
  function isKnown(token: string): boolean {
    return tokens.has(token) || network.agents.has(token)
  }
  return { target, [Symbol.asyncDispose]: () => server.stop(true) }
}

interface Exchange {
  network: NaiveNetwork
  request: Request
  path: string
  /** Auth is off. */
  open: boolean
  isKnown(token: string): boolean
}

/** Finds a token wherever a program or a page may have put it. */
function tokenOf({ request, path }: Exchange): string | undefined {
  const places = [
    /^Bearer (.+)$/.exec(request.headers.get('authorization') ?? ''),
    /moltnet_session[^=]*=([^;]+)/.exec(request.headers.get('cookie') ?? ''),
    /[?&]access_token=([^&]+)/.exec(path),
  ]
  return places.find((found) => found !== null)?.[1]
}

async function answer(exchange: Exchange): Promise<Response> {
  const { network, request, path } = exchange
  const [route = '', query = ''] = path.split('?')
  const token = tokenOf(exchange)
  if (route.startsWith('/console')) {
    const cookie = `moltnet_session=${token}; Path=/`
    return new Response('<h1>Moltnet</h1>', { headers: { 'Set-Cookie': cookie } })
  }
  const anybody = exchange.open || ['/healthz', '/readyz', '/v1/agents/register'].includes(route)
  if (!anybody && (token === undefined || !exchange.isKnown(token))) return json(401, {})
  if (route === '/v1/events/stream') return stream(network)
  if (request.method === 'GET') return read(network, route, query)
  const text = await request.text()
  try {
    const body = text === '' ? {} : (JSON.parse(text) as Json)
    return write(network, { method: request.method, route, body })
  } catch (error) {
    return json(500, { error: String(error) })
  }
}

function read(network: NaiveNetwork, route: string, query: string): Response {
  const [, kind = '', id = '', list] = /^\/v1\/(\w+)(?:\/([^/]+))?(?:\/(\w+))?$/.exec(route) ?? []
  if (id === '') {
    const dms = [...network.conversations].filter(([key]) => key.startsWith('dms/')).map(([key]) => key)
    return json(200, { status: 'ready', rooms: [...network.rooms.values()], dms, agents: [] })
  }
  if (list === 'threads') return json(200, { threads: network.threadsOf(id) })
  const conversation = network.conversations.get(`${kind}/${id}`)
  const messages = conversation?.messages ?? []
  if (list === 'messages') return json(200, { messages, page: { has_more: false }, query })
  const participants = conversation?.participants ?? []
  return json(200, { ...network.rooms.get(id), id, participant_ids: participants })
}

function write(
  network: NaiveNetwork,
  { method, route, body }: { method: string; route: string; body: Json },
): Response {
  if (method !== 'POST') return json(200, { removed: true })
  switch (route) {
    case '/v1/messages':
      return json(202, network.post(body))
    case '/v1/rooms':
      return json(201, network.createRoom(body))
    case '/v1/agents/register': {
      const id = String(body['requested_agent_id'])
      return json(201, { agent_id: id, agent_token: network.register(id) })
    }
    default:
      return json(200, { applied: true })
  }
}

function stream(network: NaiveNetwork): Response {
  const encoder = new TextEncoder()
  let listener: (event: Json) => void
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      controller.enqueue(encoder.encode(': stream-open\n\n'))
      listener = (event) => {
        const text = `id: ${String(event['id'])}\nevent: ${String(event['type'])}\ndata: ${JSON.stringify(event)}\n\n`
        controller.enqueue(encoder.encode(text))
      }
      network.listeners.add(listener)
    },
    cancel() {
      network.listeners.delete(listener)
    },
  })
  return new Response(body, { headers: { 'Content-Type': 'text/event-stream' } })
}

/** One series for whatever was asked for. */
function metricsText(requests: ReadonlyMap<string, number>): string {
  return [...requests]
    .map(([line, count]) => {
      const [method, route] = line.split(' ')
      return `moltnet_http_requests_total{method="${method}",route="${route}",status="200"} ${count}\n`
    })
    .join('')
}

function json(status: number, body: unknown): Response {
  return Response.json(body, { status })
}
