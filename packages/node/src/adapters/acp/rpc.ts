import { parseJsonLine } from '../program.ts'

/** The other side answered a request with an error. */
export class RpcError extends Error {
  override readonly name = 'RpcError'
  readonly code: number
  readonly data: unknown

  constructor(message: string, code: number, data: unknown) {
    super(message)
    this.code = code
    this.data = data
  }
}

/** The connection is gone; the message says why. */
export class RpcClosedError extends Error {
  override readonly name = 'RpcClosedError'
}

/** What an RPC connection is made from. Nothing here may throw. */
export interface RpcOptions {
  /** Sends one line. */
  send(line: string): void
  onNotification(method: string, params: unknown): void
  /** Answers a request of the other side; undefined when there is no such method. */
  onRequest(method: string, params: unknown): object | undefined
}

/**
 * JSON-RPC 2.0 over lines, in both directions. Not the SDK of ACP: that is 9 MB and checks every field of
 * every message, where agents differ in the ones that do not matter here.
 */
export class RpcConnection {
  readonly #options: RpcOptions
  readonly #pending = new Map<number, PromiseWithResolvers<unknown>>()
  #nextId = 0
  #closed: RpcClosedError | undefined

  constructor(options: RpcOptions) {
    this.#options = options
  }

  /** Sends a request. Rejects with an {@link RpcError} or, without an answer, an {@link RpcClosedError}. */
  request(method: string, params: object): Promise<unknown> {
    if (this.#closed !== undefined) return Promise.reject(this.#closed)
    const id = this.#nextId++
    const answer = Promise.withResolvers<unknown>()
    this.#pending.set(id, answer)
    this.#send({ id, method, params })
    return answer.promise
  }

  notify(method: string, params: object): void {
    if (this.#closed === undefined) this.#send({ method, params })
  }

  /** Takes a line of the other side; what is no JSON-RPC is passed over. */
  receive(line: string): void {
    const value = parseJsonLine(line)
    if (typeof value !== 'object' || value === null) return
    const { id, method, params, result, error } = value as Record<string, unknown>
    if (typeof method !== 'string') this.#settle(id, result, error)
    else if (id === undefined) this.#options.onNotification(method, params)
    else this.#answer(id, method, params)
  }

  /** Ends every open request with `reason`. */
  close(reason: string): void {
    this.#closed ??= new RpcClosedError(reason)
    for (const answer of this.#pending.values()) answer.reject(this.#closed)
    this.#pending.clear()
  }

  #answer(id: unknown, method: string, params: unknown): void {
    const result = this.#options.onRequest(method, params)
    if (result !== undefined) this.#send({ id, result })
    else this.#send({ id, error: { code: -32601, message: `${method} is not offered` } })
  }

  #settle(id: unknown, result: unknown, error: unknown): void {
    const answer = this.#pending.get(id as number)
    if (answer === undefined) return
    this.#pending.delete(id as number)
    if (error === undefined || error === null) answer.resolve(result)
    else answer.reject(rpcError(error))
  }

  #send(message: object): void {
    this.#options.send(JSON.stringify({ jsonrpc: '2.0', ...message }))
  }
}

function rpcError(value: unknown): RpcError {
  const { message, code, data } = value as Record<string, unknown>
  return new RpcError(
    typeof message === 'string' && message !== '' ? message : 'an error without a message',
    typeof code === 'number' ? code : 0,
    data,
  )
}
