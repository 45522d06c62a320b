/**
 * A server in front of ours that breaks one promise. It is how the suite itself is tested: a broken
 * server must fail it.
 */
export interface Mutation {
  name: string
  /** Changes a request's path, or its body, before our server sees it. */
  request?: (request: MutableRequest) => MutableRequest
  /** Changes an answer. */
  answer?: (answer: MutableAnswer, request: MutableRequest) => MutableAnswer
  /** Changes, drops (undefined) or repeats frames from server to client. */
  frame?: (frame: Record<string, unknown>) => Record<string, unknown>[]
  /** The same for blocks of the event stream. */
  block?: (block: string) => string[]
  /** Replaces the close code that the client sees. */
  neverClose?: true
}

export interface MutableRequest {
  method: string
  path: string
  headers: Headers
  body: string
}

export interface MutableAnswer {
  status: number
  headers: Headers
  body: string
}

interface SocketData {
  upstream: WebSocket
  waiting: (string | Uint8Array)[]
}

/** Starts the broken server and gives its base URL. */
export function startMutant(baseUrl: string, mutation: Mutation): { baseUrl: string } & AsyncDisposable {
  const server = Bun.serve<SocketData>({
    hostname: '127.0.0.1',
    port: 0,
    idleTimeout: 0,
    maxRequestBodySize: 8 * 1024 * 1024,
    fetch: async (incoming, self) => {
      if (incoming.headers.get('upgrade')?.toLowerCase() === 'websocket')
        return tunnel(baseUrl, incoming, self)
      return forward(baseUrl, mutation, incoming)
    },
    websocket: {
      maxPayloadLength: 4 * 1024 * 1024,
      open: (socket) => {
        const { upstream } = socket.data
        upstream.onmessage = (message) => {
          const frame = JSON.parse(String(message.data)) as Record<string, unknown>
          for (const changed of mutation.frame?.(frame) ?? [frame]) socket.send(JSON.stringify(changed))
        }
        upstream.onclose = (event) => {
          if (!mutation.neverClose)
            socket.close(event.code === 1005 || event.code === 1006 ? 1000 : event.code)
        }
      },
      message: (socket, data) => {
        const { upstream, waiting } = socket.data
        if (upstream.readyState === WebSocket.OPEN) upstream.send(data)
        else waiting.push(data)
      },
      close: (socket) => socket.data.upstream.close(1000),
    },
  })
  return { baseUrl: `http://127.0.0.1:${server.port}`, [Symbol.asyncDispose]: () => server.stop(true) }
}

async function tunnel(
  baseUrl: string,
  incoming: Request,
  server: Bun.Server<SocketData>,
): Promise<Response | undefined> {
  const headers: Record<string, string> = {}
  for (const name of ['authorization', 'origin']) {
    const value = incoming.headers.get(name)
    if (value !== null) headers[name] = value
  }
  const upstream = new WebSocket(`${baseUrl.replace(/^http/, 'ws')}/v1/attach`, {
    headers,
  } as unknown as string[])
  const early: MessageEvent[] = []
  upstream.onmessage = (message) => early.push(message)
  const opened = await new Promise<boolean>((resolve) => {
    upstream.onopen = () => resolve(true)
    upstream.onerror = () => resolve(false)
  })
  if (!opened) return new Response('refused', { status: 403 })
  server.upgrade(incoming, { data: { upstream, waiting: [] } })
  // Frames that came before the client's side was open are handed on in order.
  queueMicrotask(() => {
    for (const message of early) upstream.onmessage?.(message)
  })
  return undefined
}

async function forward(baseUrl: string, mutation: Mutation, incoming: Request): Promise<Response> {
  const url = new URL(incoming.url)
  let request: MutableRequest = {
    method: incoming.method,
    path: url.pathname + url.search,
    headers: new Headers(incoming.headers),
    body: await incoming.text(),
  }
  request = mutation.request?.(request) ?? request
  if (request.headers.get('host')?.startsWith('127.0.0.1')) request.headers.delete('host')
  for (const name of ['content-length', 'connection', 'accept-encoding']) request.headers.delete(name)
  const answer = await fetch(baseUrl + request.path, {
    method: request.method,
    headers: request.headers,
    redirect: 'manual',
    signal: incoming.signal,
    ...(request.body === '' ? {} : { body: request.body }),
  })
  if (answer.headers.get('content-type')?.startsWith('text/event-stream')) return stream(mutation, answer)
  const headers = new Headers(answer.headers)
  for (const name of ['content-length', 'content-encoding', 'transfer-encoding']) headers.delete(name)
  const original = { status: answer.status, headers, body: await answer.text() }
  const changed = mutation.answer?.(original, request) ?? original
  return new Response(changed.body, { status: changed.status, headers: changed.headers })
}

function stream(mutation: Mutation, answer: Response): Response {
  const decoder = new TextDecoder()
  const encoder = new TextEncoder()
  let buffered = ''
  const body = (answer.body as ReadableStream<Uint8Array>).pipeThrough(
    new TransformStream<Uint8Array, Uint8Array>({
      transform(chunk, controller) {
        buffered += decoder.decode(chunk, { stream: true })
        for (let end = buffered.indexOf('\n\n'); end >= 0; end = buffered.indexOf('\n\n')) {
          const block = buffered.slice(0, end)
          buffered = buffered.slice(end + 2)
          for (const changed of mutation.block?.(block) ?? [block])
            controller.enqueue(encoder.encode(`${changed}\n\n`))
        }
      },
    }),
  )
  return new Response(body, { status: answer.status, headers: answer.headers })
}
