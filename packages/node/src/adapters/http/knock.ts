import { connect } from 'node:net'
import { isLoopback } from '@moltnet/client'
import { messageOf } from '../../errors.ts'
import { NODE_LIMITS } from '../../limits.ts'

/** Whether somebody listens where a URL leads to; `unknown` when only a proxy could tell. */
export type Knock = { type: 'open' } | { type: 'unknown' } | { type: 'closed'; error: string }

/**
 * Connects to the host and port of a URL and says nothing: a service might take any request for a wake.
 * Never throws.
 */
export async function knock(url: string, signal: AbortSignal): Promise<Knock> {
  if (isProxied(url)) return { type: 'unknown' }
  const { protocol, hostname, port } = new URL(url)
  const { promise, resolve } = Promise.withResolvers<Knock>()
  const socket = connect({
    host: hostname.replace(/^\[|\]$/g, ''),
    port: Number(port) || (protocol === 'https:' ? 443 : 80),
  })
  const late = AbortSignal.any([signal, AbortSignal.timeout(NODE_LIMITS.knockMs)])
  const onLate = () => resolve({ type: 'closed', error: 'no answer in time' })
  late.addEventListener('abort', onLate, { once: true })
  socket.once('connect', () => resolve({ type: 'open' }))
  socket.on('error', (error) => resolve({ type: 'closed', error: messageOf(error) }))
  const result = await promise
  late.removeEventListener('abort', onLate)
  socket.destroy()
  return result
}

/** Whether requests to a URL go through a proxy of the node's environment. */
function isProxied(url: string): boolean {
  if (isLoopback(url)) return false
  const name = url.startsWith('https:') ? 'https_proxy' : 'http_proxy'
  return Boolean(process.env[name] ?? process.env[name.toUpperCase()])
}
