import { isIP } from 'node:net'
import type { ServerConfig } from '@moltnet/config'
import type { Server } from 'bun'
import { createAddressSet, isLoopback, normalizeAddress } from './network-address.ts'

/** Who is at the other end, as far as the configured proxies are believed. */
export interface Client {
  /** Normalised address; empty when the socket is gone already. */
  readonly address: string
  readonly isLoopback: boolean
  /** The scheme that the client used. */
  readonly scheme: 'http' | 'https'
  /** The `Host` header in lower case; undefined when it is malformed. */
  readonly host: string | undefined
  /** Host and port that the client used: `host`, or what a trusted proxy says. */
  readonly publicHost: string | undefined
}

/** Finds out about clients. */
export type ClientReader = (request: Request, server: Server<unknown>) => Client

/** A host name or address, and maybe a port; nothing that could end up elsewhere in a URL. */
const HOST = /^(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(:[0-9]{1,5})?$/

export function createClientReader(settings: ServerConfig['server']): ClientReader {
  const isTrusted = createAddressSet(settings.trustedProxies)
  return (request, server) => new RequestClient({ request, server, settings, isTrusted })
}

interface ClientSource {
  readonly request: Request
  readonly server: Server<unknown>
  readonly settings: ServerConfig['server']
  readonly isTrusted: (address: string) => boolean
}

/** Reads each fact when it is asked for: most requests need only the host. */
class RequestClient implements Client {
  readonly #source: ClientSource
  #peer: string | undefined
  #address: string | undefined

  constructor(source: ClientSource) {
    this.#source = source
  }

  get address(): string {
    this.#address ??= this.#findAddress()
    return this.#address
  }

  get isLoopback(): boolean {
    return isLoopback(this.address)
  }

  get scheme(): 'http' | 'https' {
    const { request, settings } = this.#source
    const proto = request.headers.get('x-forwarded-proto')
    if (proto === null || !(settings.trustForwardedProto || this.#behindTrusted())) return 'http'
    return lastOf(proto).toLowerCase() === 'https' ? 'https' : 'http'
  }

  get host(): string | undefined {
    return validHost(this.#source.request.headers.get('host'))
  }

  get publicHost(): string | undefined {
    const forwarded = this.#source.request.headers.get('x-forwarded-host')
    return forwarded !== null && this.#behindTrusted() ? validHost(lastOf(forwarded)) : this.host
  }

  /** Address of the other end of the socket. */
  get #socketAddress(): string {
    const { request, server } = this.#source
    this.#peer ??= normalizeAddress(server.requestIP(request)?.address ?? '')
    return this.#peer
  }

  #behindTrusted(): boolean {
    return this.#source.settings.trustedProxies.length > 0 && this.#source.isTrusted(this.#socketAddress)
  }

  /** The last address that no trusted proxy wrote down about another trusted proxy. */
  #findAddress(): string {
    let address = this.#socketAddress
    if (!this.#behindTrusted()) return address
    const chain = (this.#source.request.headers.get('x-forwarded-for') ?? '').split(',')
    while (chain.length > 0 && this.#source.isTrusted(address)) {
      const next = normalizeAddress((chain.pop() as string).trim())
      // A proxy that writes no address is the last one we know.
      if (isIP(next) === 0) break
      address = next
    }
    return address
  }
}

/** The entry of a list header that the nearest proxy wrote. */
function lastOf(list: string): string {
  return list.slice(list.lastIndexOf(',') + 1).trim()
}

function validHost(text: string | null): string | undefined {
  const host = text?.toLowerCase() ?? ''
  return HOST.test(host) ? host : undefined
}
