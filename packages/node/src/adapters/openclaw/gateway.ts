import { NODE_LIMITS } from '../../limits.ts'
import type { RuntimeTrouble } from '../health.ts'
import { Connection } from './connection.ts'
import { DeviceIdentity } from './device.ts'
import { Challenge } from './frames.ts'
import type { GatewayError } from './frames.ts'
import { explainRefusal, needsNoDevice, shakeHands, wantsDevice } from './handshake.ts'
import type { GatewayAccess, HandshakeResult } from './handshake.ts'

/** Why there is no connection now, and when a wake may be tried again. */
export interface Unavailable {
  trouble: RuntimeTrouble
  retryAfterMs: number
}

/** Where the gateway is and how the node shows itself. */
export interface GatewayOptions extends GatewayAccess {
  /** File of the device's key; made when a gateway asks for one. */
  devicePath: string
  /** The node shows itself only as the device that it is already, and makes no key. */
  keepDevice?: boolean
}

/** The one connection of an attachment to its gateway: made when it is needed, kept, made again when lost. */
export class Gateway {
  readonly #options: GatewayOptions
  #current: Connection | undefined
  #connecting: Promise<Connection | Unavailable> | undefined
  #device: DeviceIdentity | undefined
  #closed = false

  constructor(options: GatewayOptions) {
    this.#options = options
  }

  /** A connection that is open, or why there is none. Never throws. */
  async connection(): Promise<Connection | Unavailable> {
    if (this.#current?.closed === false) return this.#current
    this.#connecting ??= this.#connect().finally(() => {
      this.#connecting = undefined
    })
    return await this.#connecting
  }

  /** The connection when it is open now. */
  get current(): Connection | undefined {
    return this.#current?.closed === false ? this.#current : undefined
  }

  close(): void {
    this.#closed = true
    this.#current?.close()
  }

  async #connect(): Promise<Connection | Unavailable> {
    if (!needsNoDevice(this.#options.url)) this.#showDevice()
    let result = await this.#tryOnce()
    if (isRefusal(result) && this.#device === undefined && wantsDevice(result.error)) {
      this.#showDevice()
      if (this.#device !== undefined) result = await this.#tryOnce()
    }
    if (isRefusal(result)) return refused(result.error, this.#options)
    if (result instanceof Connection) this.#current = result
    return result
  }

  #showDevice(): void {
    const { devicePath, keepDevice } = this.#options
    this.#device ??= keepDevice ? DeviceIdentity.find(devicePath) : DeviceIdentity.open(devicePath)
  }

  async #tryOnce(): Promise<Connection | Unavailable | Refusal> {
    const { url, token } = this.#options
    const { promise, resolve } = Promise.withResolvers<Connection | Unavailable | Refusal>()
    const connection = new Connection(url, {
      onEvent: (event, payload) => {
        const challenge = event === 'connect.challenge' ? Challenge.safeParse(payload).data : undefined
        if (challenge === undefined) return
        void shakeHands(connection, challenge, { token, device: this.#device }).then((result) => {
          if (result.type === 'refused') resolve(result)
          if (result.type !== 'connected') return
          connection.version = result.version
          connection.watch(result.tickMs * NODE_LIMITS.gatewaySilentTicks)
          resolve(connection)
        })
      },
      onClosed: ({ opened, code, reason }) => {
        const how = reason || `closed with code ${code}`
        resolve(opened ? notNow(url, how) : unreachable(url, how))
      },
    })
    const late = setTimeout(
      () => resolve(notNow(url, `no answer within ${NODE_LIMITS.gatewayHandshakeMs / 1000} s`)),
      NODE_LIMITS.gatewayHandshakeMs,
    )
    const result = await promise
    clearTimeout(late)
    if (result !== connection || this.#closed) connection.close()
    return result
  }
}

type Refusal = Extract<HandshakeResult, { type: 'refused' }>

function isRefusal(result: Connection | Unavailable | Refusal): result is Refusal {
  return 'type' in result && result.type === 'refused'
}

function refused(error: GatewayError, access: GatewayAccess): Unavailable {
  if (error.code === 'UNAVAILABLE') {
    const wait = error.retryAfterMs ?? NODE_LIMITS.unreachableRetryMs
    return { ...notNow(access.url, error.message), retryAfterMs: Math.min(wait, NODE_LIMITS.retryAfterMaxMs) }
  }
  return {
    trouble: { state: 'refused', ...explainRefusal(error, access) },
    retryAfterMs: NODE_LIMITS.refusedRetryMs,
  }
}

function unreachable(url: string, how: string): Unavailable {
  return {
    trouble: {
      state: 'unreachable',
      problem: `no OpenClaw gateway answers at ${url} (${how})`,
      fix: 'start it with `openclaw gateway run`, or set runtime.gateway_url',
    },
    retryAfterMs: NODE_LIMITS.unreachableRetryMs,
  }
}

function notNow(url: string, how: string): Unavailable {
  return {
    trouble: {
      state: 'unreachable',
      problem: `the OpenClaw gateway at ${url} is not ready (${how})`,
      fix: 'it is asked again; if it stays so, see its log',
    },
    retryAfterMs: NODE_LIMITS.unreachableRetryMs,
  }
}
