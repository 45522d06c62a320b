import { Broken } from './expect.ts'
import { AttachPeer, type Frame, identify, type SocketOptions } from './peers/attach.ts'
import { type Answer, expectOk, request, type RequestOptions } from './peers/http.ts'
import { StreamPeer, type StreamOptions } from './peers/stream.ts'
import type { Credentials, Target } from './target.ts'

let worlds = 0

/**
 * What one check works with: the target, ids that nobody else uses, and short names for common
 * steps. Connections it opened are closed when it is disposed of.
 */
export class World implements AsyncDisposable {
  readonly target: Target
  readonly #waitMs: number | undefined
  readonly #run = `${Date.now().toString(36)}-${worlds++}`
  #ids = 0
  readonly #stack = new AsyncDisposableStack()

  /** `waitMs`: how long anything that must come may take, 5 s when left out. */
  constructor(target: Target, o: { waitMs?: number } = {}) {
    this.target = target
    this.#waitMs = o.waitMs
  }

  /** An id that nobody else uses, starting with `kind`. */
  id(kind: string): string {
    return `${kind}-${this.#run}-${this.#ids++}`
  }

  /** The token for a credential; undefined with auth `none`. */
  token(name: keyof Credentials): string | undefined {
    if (this.target.mode === 'none') return undefined
    const token = this.target.credentials[name]
    if (token === undefined) throw new Broken(`the target has no credential ${name}`)
    return token
  }

  http(method: string, path: string, o: RequestOptions = {}): Promise<Answer> {
    return request(this.target.baseUrl, { method, path }, o)
  }

  /** A request as the operator. */
  async operator(method: string, path: string, o: RequestOptions = {}): Promise<Answer> {
    if (this.target.mode === 'open' && path === '/v1/messages') await this.#registerSender(o.body)
    return this.http(method, path, { token: this.token('operator'), ...o })
  }

  /** An open network takes messages of registered agents only; the operator's own are its business. */
  async #registerSender(body: unknown): Promise<void> {
    const from = (body as { from?: { type?: string; id?: string } } | undefined)?.from
    if (from?.type !== 'agent' || typeof from.id !== 'string') return
    await this.http('POST', '/v1/agents/register', {
      token: this.token('operator'),
      body: { requested_agent_id: from.id },
    })
  }

  /** Creates a room and gives its id. */
  async room(
    o: { members?: string[]; visibility?: string; writePolicy?: string; name?: string } = {},
  ): Promise<string> {
    const id = this.id('room')
    const body = {
      id,
      ...(o.members === undefined ? {} : { members: o.members }),
      ...(o.visibility === undefined ? {} : { visibility: o.visibility }),
      ...(o.writePolicy === undefined ? {} : { write_policy: o.writePolicy }),
      ...(o.name === undefined ? {} : { name: o.name }),
    }
    expectOk(await this.operator('POST', '/v1/rooms', { body }), 201, `creating room ${id}`)
    return id
  }

  /** A message body from an agent. */
  message(
    target: unknown,
    o: { from?: string; text?: string; id?: string; extra?: Record<string, unknown> } = {},
  ): Record<string, unknown> {
    return {
      ...(o.id === undefined ? {} : { id: o.id }),
      target,
      from: { type: 'agent', id: o.from ?? 'conformance-sender' },
      parts: [{ kind: 'text', text: o.text ?? 'hello' }],
      ...o.extra,
    }
  }

  /** Posts as the operator and gives the accepted answer. */
  async post(
    target: unknown,
    o: { from?: string; text?: string; id?: string; extra?: Record<string, unknown> } = {},
  ): Promise<Record<string, unknown> & { message_id: string; event_id: string }> {
    const answer = await this.operator('POST', '/v1/messages', { body: this.message(target, o) })
    return expectOk(answer, 202, 'posting a message') as Record<string, unknown> & {
      message_id: string
      event_id: string
    }
  }

  /** Opens a socket without identifying. */
  async socket(o: SocketOptions = {}): Promise<AttachPeer> {
    return this.#stack.use(await AttachPeer.open(this.target.baseUrl, { waitMs: this.#waitMs, ...o }))
  }

  /** Attaches an agent and resolves at READY. */
  async attach(
    agentId: string,
    o: { token?: string | undefined; cursor?: string; consumer?: unknown; networkId?: string } = {},
  ): Promise<AttachPeer & { ready: Frame }> {
    const token = 'token' in o ? o.token : this.token('attach')
    const peer = await this.socket({ token })
    await peer.op('HELLO', 'HELLO comes first')
    peer.send(
      identify({
        networkId: o.networkId ?? this.target.networkId,
        agentId,
        ...(o.cursor === undefined ? {} : { cursor: o.cursor }),
        ...(o.consumer === undefined ? {} : { consumer: o.consumer }),
      }),
    )
    const ready = await peer.frames.find(
      (frame) => frame.op === 'READY' || frame.op === 'ERROR',
      'READY after IDENTIFY',
    )
    if (ready.op === 'ERROR') throw new Broken(`attaching ${agentId}: ${JSON.stringify(ready)}`)
    return Object.assign(peer, { ready })
  }

  async stream(o: StreamOptions = {}): Promise<StreamPeer> {
    const token = this.token('operator')
    return this.#stack.use(await StreamPeer.open(this.target.baseUrl, { token, waitMs: this.#waitMs, ...o }))
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#stack.disposeAsync()
  }
}
