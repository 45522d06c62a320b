import { isIP } from 'node:net'
import { HOST_NAME } from '../schema/address.ts'

/** Where a server listens when nothing is configured. */
export const LISTEN_DEFAULT = ':8787'

/** A listen address taken apart. `host` is null when none was given. */
export interface ListenAddress {
  host: string | null
  port: number
}

/** Reads `:8787`, `host:8787`, `127.0.0.1:8787` and `[::1]:8787`; a text says what is wrong. */
export function parseListenAddress(text: string): ListenAddress | string {
  const match = /^(?:\[([^\]]*)\]|([^:[\]]*)):([0-9]{1,5})$/.exec(text)
  if (!match) return listenAdvice(text)
  const port = Number(match[3])
  if (port > 65_535) return `must have a port of at most 65535, not ${port}`
  const bracketed = match[1]
  if (bracketed !== undefined) {
    return isIP(bracketed) === 6 ? { host: bracketed, port } : 'must have an IPv6 address between [ and ]'
  }
  const host = match[2] ?? ''
  if (host === '') return { host: null, port }
  if (host === '*') return 'must not have * as host; leave the host out for all interfaces'
  return isHost(host) ? { host, port } : 'must have a host name or an IP address before the port'
}

function listenAdvice(text: string): string {
  if (/^[0-9]{1,5}$/.test(text)) return `must be host:port; write ":${text}"`
  if (isIP(text) === 6 || /^[0-9a-f:]*::[0-9a-f:]*:[0-9]+$/i.test(text)) {
    return 'must have [ and ] around an IPv6 address, such as [::1]:8787'
  }
  return 'must be host:port, such as :8787, 127.0.0.1:8787 or [::1]:8787'
}

/** Whether the text is a host: an IPv4 address, or a name whose last label is no number. */
function isHost(text: string): boolean {
  return isIP(text) === 4 || (HOST_NAME.test(text) && !/(^|\.)[0-9]+\.?$/.test(text))
}

/** Whether only this machine can reach a server that listens on the host. */
export function isLoopbackHost(host: string): boolean {
  const name = host.toLowerCase().replace(/\.$/, '')
  if (name === 'localhost' || name.endsWith('.localhost')) return true
  if (isIP(name) === 4) return name.startsWith('127.')
  return isIP(name) === 6 && isLoopback6(name)
}

function isLoopback6(address: string): boolean {
  const canonical = new URL(`http://[${address}]`).hostname
  return canonical === '[::1]' || canonical.startsWith('[::ffff:7f')
}

/** The origins under which a server on this address is its own. */
export function ownOrigins(listen: ListenAddress): string[] {
  return ownHosts(listen.host).map((host) => new URL(`http://${host}:${listen.port}`).origin)
}

function ownHosts(host: string | null): string[] {
  const everywhere = host === null || host === '0.0.0.0' || host === '::'
  if (everywhere || isLoopbackHost(host)) return ['localhost', '127.0.0.1', '[::1]']
  return [isIP(host) === 6 ? `[${host}]` : host]
}
