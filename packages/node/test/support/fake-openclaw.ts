/**
 * A gateway of OpenClaw as measured with 2026.9.6, protocol 4: challenge first, strict `connect`, `agent`
 * with two answers under one id, one lane per session, `agent.wait`, `chat.abort`, replay of a used key,
 * and the noise that every operator hears.
 *
 *   @drop   cuts all sockets while the run goes on
 */
import { existsSync, readFileSync } from 'node:fs'
import type { ServerWebSocket } from 'bun'
import { z } from 'zod'
import { note, think } from './fake-model.ts'
import { KeptSessions } from './kept-sessions.ts'
import { checkDevice, Connect } from './openclaw-handshake.ts'
import type { Refusal } from './openclaw-handshake.ts'
import { announce, fileOfScene, optionsOfScene, portOfScene } from './server-scene.ts'

/** How a test wants the gateway. */
export interface FakeGatewayOptions {
  /** `gateway.auth.token`; without one `gateway.auth.mode` is none. */
  token: string
  /** Behaves as to a client on another machine: a device is needed and has to be approved. */
  remote: boolean
  /** This many connections are told that the gateway is starting. */
  starting: number
  /** A gateway of a later protocol. */
  protocol: number
  /** The signs of life that it promises, which it does not keep. */
  promisedTickMs: number
}

interface Run {
  payload: Record<string, unknown>
  ok: boolean
  ended: Promise<void>
  over: boolean
  abort(): void
}

interface Client {
  nonce: string
  ts: number
  in: boolean
}

type Socket = ServerWebSocket<Client>

const options = optionsOfScene<FakeGatewayOptions>()
const PROTOCOL = options.protocol ?? 4
const sessions = new KeptSessions('openclaw-sessions.json')
const runs = new Map<string, Run>()
const lanes = new Map<string, Promise<void>>()
const sockets = new Set<Socket>()
let starting = options.starting ?? 0

const Agent = z.strictObject({
  sessionKey: z.string().max(512),
  message: z.string().min(1),
  deliver: z.boolean().optional(),
  idempotencyKey: z.string().min(1),
})
const Wait = z.strictObject({ runId: z.string().min(1), timeoutMs: z.int().min(0).optional() })
const Abort = z.strictObject({ sessionKey: z.string(), runId: z.string().optional() })
const Request = z.strictObject({
  type: z.literal('req'),
  id: z.string(),
  method: z.string(),
  params: z.unknown(),
})

function send(socket: Socket, frame: object): void {
  socket.send(JSON.stringify(frame))
}

function emit(event: string, payload: object): void {
  for (const socket of sockets) if (socket.data.in) send(socket, { type: 'event', event, payload })
}

function refuse(socket: Socket, id: string, { error, close }: Refusal): void {
  send(socket, { type: 'res', id, ok: false, error })
  if (close) socket.close(close, error.message.slice(0, 100))
}

function invalid(message: string, close?: number): Refusal {
  return { error: { code: 'INVALID_REQUEST', message }, ...(close ? { close } : {}) }
}

/** Noise about a run that is not the client's. */
function makeNoise(): void {
  const runId = crypto.randomUUID()
  emit('tick', { ts: Date.now() })
  emit('health', { ok: true })
  emit('presence', { presence: [] })
  emit('task', { id: runId, status: 'done' })
  emit('agent', { runId, stream: 'lifecycle', data: { phase: 'end', terminalReply: { text: 'NOISE' } } })
  emit('chat', { runId, seq: 1, state: 'final' })
}

function connect(socket: Socket, id: string, params: unknown): void {
  const parsed = Connect.safeParse(params)
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    return refuse(
      socket,
      id,
      invalid(`invalid connect params: at /${issue?.path.join('/')}: ${issue?.message}`, 1008),
    )
  }
  const { minProtocol, maxProtocol } = parsed.data
  if (minProtocol > PROTOCOL || maxProtocol < PROTOCOL) {
    const details = { code: 'PROTOCOL_MISMATCH', expectedProtocol: PROTOCOL }
    return refuse(socket, id, {
      error: { code: 'INVALID_REQUEST', message: 'protocol mismatch', details },
      close: 1002,
    })
  }
  if (starting > 0) {
    starting -= 1
    return refuse(socket, id, {
      error: {
        code: 'UNAVAILABLE',
        message: 'gateway is starting',
        details: { reason: 'startup-sidecars' },
        retryable: true,
        retryAfterMs: 1_234,
      },
      close: 1013,
    })
  }
  const refusal = checkAccess(socket, parsed.data)
  if (refusal !== undefined) return refuse(socket, id, refusal)
  socket.data.in = true
  note('connected', { client: parsed.data.client, device: parsed.data.device?.id })
  send(socket, {
    type: 'res',
    id,
    ok: true,
    payload: {
      type: 'hello-ok',
      protocol: PROTOCOL,
      server: { version: '2026.9.6', connId: crypto.randomUUID() },
      auth: { method: 'token', role: 'operator', scopes: parsed.data.scopes },
      policy: { maxPayload: 26_214_400, tickIntervalMs: options.promisedTickMs ?? 30_000 },
    },
  })
  makeNoise()
}

function checkAccess(socket: Socket, connecting: z.infer<typeof Connect>): Refusal | undefined {
  const { auth, device } = connecting
  const secret = auth?.token ?? auth?.password
  if (device !== undefined) {
    const refusal = checkDevice(connecting, socket.data)
    if (refusal !== undefined) return refusal
  }
  if (options.token !== undefined) {
    if (secret === undefined && device === undefined) return notPaired('DEVICE_IDENTITY_REQUIRED')
    const fault = secret === undefined ? 'AUTH_TOKEN_MISSING' : 'AUTH_TOKEN_MISMATCH'
    if (secret !== options.token) {
      return {
        error: { code: 'INVALID_REQUEST', message: 'unauthorized', details: { code: fault } },
        close: 1008,
      }
    }
  }
  if (options.remote !== true) return undefined
  if (device === undefined) return notPaired('DEVICE_IDENTITY_REQUIRED')
  const approved = fileOfScene('approved-devices')
  if (existsSync(approved) && readFileSync(approved, 'utf8').includes(device.id)) return undefined
  return notPaired('PAIRING_REQUIRED', `request-${device.id.slice(0, 8)}`)
}

function notPaired(code: string, requestId?: string): Refusal {
  const details = { code, ...(requestId ? { requestId } : {}) }
  return { error: { code: 'NOT_PAIRED', message: 'pairing required', details }, close: 1008 }
}

async function agent(socket: Socket, id: string, params: unknown): Promise<void> {
  const parsed = Agent.safeParse(params)
  if (!parsed.success) return refuse(socket, id, invalid('invalid agent params'))
  const { sessionKey, message, idempotencyKey: runId } = parsed.data
  const agentId = /^agent:([^:]+):/.exec(sessionKey)?.[1] ?? 'main'
  if (agentId !== 'main') {
    return refuse(socket, id, invalid(`Agent "${agentId}" no longer exists in configuration`))
  }
  note('asked', { runId, sessionKey })
  const known = runs.get(runId)
  if (known !== undefined && !known.over) {
    return send(socket, {
      type: 'res',
      id,
      ok: true,
      payload: { runId, status: 'in_flight', sessionKey, agentId },
    })
  }
  if (known !== undefined) return sendEnd(socket, id, known)
  // Keys are stored in lower case.
  const key = sessionKey.toLowerCase()
  const run = startRun(runId, key, message)
  send(socket, {
    type: 'res',
    id,
    ok: true,
    payload: { runId, sessionKey: key, agentId, status: 'accepted', acceptedAt: Date.now() },
  })
  await run.ended
  sendEnd(socket, id, run)
}

function sendEnd(socket: Socket, id: string, { ok, payload }: Run): void {
  const error = { code: 'UNAVAILABLE', message: payload.summary }
  send(socket, { type: 'res', id, ok, payload, ...(ok ? {} : { error }) })
}

function startRun(runId: string, key: string, message: string): Run {
  const aborting = new AbortController()
  const aborted = Promise.withResolvers<'aborted'>()
  aborting.signal.addEventListener('abort', () => aborted.resolve('aborted'))
  const ended = Promise.withResolvers<void>()
  const run: Run = {
    payload: {},
    ok: true,
    over: false,
    ended: ended.promise,
    abort: () => aborting.abort(),
  }
  runs.set(runId, run)
  const before = lanes.get(key) ?? Promise.resolve()
  const work = async () => {
    await Promise.race([before, aborted.promise])
    const result = await Promise.race([
      turn({ runId, key, message, signal: aborting.signal }),
      aborted.promise,
    ])
    run.over = true
    Object.assign(run, result === 'aborted' ? abortedEnd(runId) : result)
    ended.resolve()
  }
  lanes.set(key, work())
  return run
}

function abortedEnd(runId: string): Pick<Run, 'ok' | 'payload'> {
  return { ok: true, payload: { runId, status: 'timeout', summary: 'aborted', stopReason: 'rpc' } }
}

interface Turn {
  runId: string
  key: string
  message: string
  signal: AbortSignal
}

async function turn({ runId, key, message, signal }: Turn): Promise<Pick<Run, 'ok' | 'payload'>> {
  const sessionId = sessions.use(key)
  note('prompt', { prompt: message, runId })
  emit('chat', { runId, sessionKey: key, seq: 1, state: 'status', phase: 'preparing_workspace' })
  await flood(runId, message)
  if (message.includes('@drop')) {
    for (const socket of sockets) socket.terminate()
    sockets.clear()
  }
  const said = await think(message.replaceAll(/@flood=\d+/g, ''), signal)
  makeNoise()
  if (said.fail) {
    const errorMessage = 'LLM request failed: the model refused'
    emit('chat', { runId, sessionKey: key, agentId: 'main', seq: 9, state: 'error', errorMessage })
    emit('chat', {
      runId,
      sessionKey: key,
      seq: 1,
      state: 'error',
      errorMessage: `⚠️ Agent failed: ${errorMessage}`,
    })
    return { ok: false, payload: { runId, status: 'error', summary: errorMessage } }
  }
  const payloads = said.say === '' ? [] : [{ text: said.say, mediaUrl: null }]
  return {
    ok: true,
    payload: {
      runId,
      status: 'ok',
      summary: 'completed',
      result: { payloads, meta: { durationMs: 1, agentMeta: { sessionId, provider: 'fake' } } },
    },
  }
}

async function flood(runId: string, message: string): Promise<void> {
  const data = { text: 'x'.repeat(1_048_576) }
  for (let left = Number(/@flood=(\d+)/.exec(message)?.[1] ?? 0); left > 0; left -= data.text.length) {
    emit('agent', { runId, stream: 'assistant', data })
    for (const socket of sockets) while (socket.getBufferedAmount() > 0) await Bun.sleep(1)
  }
}

async function wait(socket: Socket, id: string, params: unknown): Promise<void> {
  const parsed = Wait.safeParse(params)
  if (!parsed.success) return refuse(socket, id, invalid('invalid agent.wait params'))
  const { runId, timeoutMs = 30_000 } = parsed.data
  note('wait', { runId })
  const run = runs.get(runId)
  if (run === undefined) await Bun.sleep(timeoutMs)
  else await Promise.race([run.ended, Bun.sleep(timeoutMs)])
  const payload = run?.over === true ? waitEnd(runId, run) : { runId, status: 'timeout' }
  send(socket, { type: 'res', id, ok: true, payload })
}

function waitEnd(runId: string, { ok, payload }: Run): object {
  const times = { runId, startedAt: 1, endedAt: 2 }
  if (payload.stopReason !== undefined) return { ...times, status: 'error', stopReason: payload.stopReason }
  if (!ok) return { ...times, status: 'error', error: payload.summary }
  const { payloads, meta } = payload.result as {
    payloads: { text: string }[]
    meta: { agentMeta: { sessionId: string } }
  }
  const text = payloads[0]?.text
  return {
    ...times,
    status: 'ok',
    stopReason: 'stop',
    terminalReceipt: { runId, sessionId: meta.agentMeta.sessionId },
    ...(text === undefined ? {} : { terminalReply: { disposition: 'visible', text } }),
  }
}

function abort(socket: Socket, id: string, params: unknown): void {
  const parsed = Abort.safeParse(params)
  if (!parsed.success) return refuse(socket, id, invalid('invalid chat.abort params'))
  const { runId = '' } = parsed.data
  const run = runs.get(runId)
  const aborted = run !== undefined && !run.over
  if (aborted) run.abort()
  note('abort', { runId, aborted })
  send(socket, { type: 'res', id, ok: true, payload: { ok: true, aborted, runIds: aborted ? [runId] : [] } })
}

function handle(socket: Socket, text: string): void {
  const { id, method, params } = Request.parse(JSON.parse(text))
  if (!socket.data.in) {
    if (method === 'connect') return connect(socket, id, params)
    return refuse(socket, id, invalid('invalid request frame: first request must be connect', 1008))
  }
  switch (method) {
    case 'agent':
      return void agent(socket, id, params)
    case 'agent.wait':
      return void wait(socket, id, params)
    case 'chat.abort':
      return abort(socket, id, params)
    default:
      return refuse(socket, id, {
        error: {
          code: 'FORBIDDEN',
          message: 'missing scope: operator.admin',
          details: { code: 'MISSING_SCOPE', missingScope: 'operator.admin' },
        },
      })
  }
}

const server = Bun.serve<Client>({
  hostname: '127.0.0.1',
  port: portOfScene(),
  fetch(request, self) {
    const data = { nonce: crypto.randomUUID(), ts: Date.now(), in: false }
    return self.upgrade(request, { data }) ? undefined : new Response('ok')
  },
  websocket: {
    maxPayloadLength: 26_214_400,
    open(socket) {
      sockets.add(socket)
      const { nonce, ts } = socket.data
      send(socket, { type: 'event', event: 'connect.challenge', payload: { nonce, ts, capabilities: [] } })
    },
    message: (socket, text) => handle(socket, String(text)),
    close: (socket) => void sockets.delete(socket),
  },
})
setInterval(makeNoise, 30_000)
announce(server.port)
