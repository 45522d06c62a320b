import { createServer } from 'node:net'
import { createHttpClient } from '@moltnet/client'
import type { ServerConfig } from '@moltnet/config'
import type { Finding } from './finding.ts'

/** How long a server on the port is given to say who it is, in milliseconds. */
const ASK_MS = 3_000

/** Where the server of a configuration is reached from this machine. */
export function ownUrl({ listen }: ServerConfig['server']): string {
  const { host, port } = listen
  const everywhere = host === null || host === '0.0.0.0' || host === '::'
  const name = everywhere ? '127.0.0.1' : host.includes(':') ? `[${host}]` : host
  return `http://${name}:${port}`
}

/** Whether the server can listen where it should, or does so already. */
export async function portFindings({ server, network }: ServerConfig): Promise<Finding[]> {
  const { listen } = server
  const subject = `${listen.host ?? ''}:${listen.port}`
  const found = (severity: Finding['severity'], message: string, fix?: string): Finding[] => [
    { area: 'port', severity, subject, message, ...(fix === undefined ? {} : { fix }) },
  ]
  if (listen.port === 0) return found('info', 'the system chooses a port at each start')
  const host = listen.host ?? (listen.exposure === 'loopback' ? '127.0.0.1' : '::')
  const code = await tryPort(host, listen.port)
  switch (code) {
    case undefined:
      return found('ok', 'is free; no server runs here')
    case 'EADDRINUSE': {
      const id = await networkAt(ownUrl(server))
      if (id === network.id) return found('ok', `the server of network ${id} listens here`)
      if (id !== undefined) {
        return found(
          'error',
          `is held by the server of another network, ${id}`,
          'stop that one, or set server.listen_addr to another port',
        )
      }
      return found(
        'error',
        'is held by a program that does not answer as a Moltnet server',
        `find it with \`ss -ltnp 'sport = :${listen.port}'\` and stop it, or set server.listen_addr to another port`,
      )
    }
    case 'EACCES':
      return found(
        'error',
        'this user may not listen on this port',
        'set server.listen_addr to a port from 1024',
      )
    case 'EADDRNOTAVAIL':
      return found(
        'error',
        'this machine has no such address',
        'set server.listen_addr to an address of this machine, or leave the host out',
      )
    default:
      return found('error', `cannot be listened on (${code})`, 'check server.listen_addr')
  }
}

/** The code of the system's refusal; undefined when the port can be taken. It is given back at once. */
async function tryPort(host: string, port: number): Promise<string | undefined> {
  const { promise, resolve } = Promise.withResolvers<string | undefined>()
  const probe = createServer()
  probe.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message))
  probe.listen({ host, port, exclusive: true }, () => resolve(undefined))
  const code = await promise
  if (code === undefined) await new Promise((closed) => probe.close(closed))
  return code
}

async function networkAt(baseUrl: string): Promise<string | undefined> {
  try {
    const client = createHttpClient({ baseUrl })
    return (await client.network({ signal: AbortSignal.timeout(ASK_MS) })).id
  } catch {
    return undefined
  }
}
