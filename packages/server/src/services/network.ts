import type { ServerConfig } from '@moltnet/config'
import { type Network, type NetworkWarning, PROTOCOLS, Scope, type Session } from '@moltnet/protocol'
import { hasScope, type Principal } from '../domain/principal.ts'
import { ensure, type ServiceDeps } from './deps.ts'

/** What the network is and can do. */
export interface NetworkService {
  describe(principal: Principal): Network
}

export function createNetworkService({ config, context, version }: ServiceDeps): NetworkService {
  // Nothing in it but the session depends on the caller or changes while the server runs.
  const network = describe(config, version)
  return {
    describe(principal) {
      ensure(context, principal, 'read', { kind: 'network' })
      return { ...network, session: sessionOf(principal) }
    },
  }
}

function sessionOf(principal: Principal): Session {
  const { kind } = principal
  const scopes = Scope.options.filter((scope) => hasScope(principal, scope))
  if (kind === 'token') return { kind, scopes, id: principal.tokenId }
  if (kind === 'agent') return { kind, scopes, id: principal.agentId }
  return { kind, scopes }
}

function describe({ network, server, auth, pairings }: ServerConfig, version: string): Network {
  return {
    id: network.id,
    name: network.name,
    version,
    protocols: { http: [PROTOCOLS.http], attach: [PROTOCOLS.attach], pair: [PROTOCOLS.pair] },
    capabilities: {
      event_stream: 'sse',
      attachment_protocol: 'websocket',
      public_read: auth.publicRead,
      ...(auth.agentRegistration !== 'disabled' && { agent_registration: auth.agentRegistration }),
      ...(server.debugEvents && { debug_events: true }),
      human_ingress: server.humanIngress,
      direct_messages: server.directMessages,
      message_pagination: 'cursor',
      pairings: pairings.length > 0,
    },
    console: { can_send_human: server.humanIngress && humansCanSend(auth) },
    warnings: pairingWarnings(pairings),
  }
}

function humansCanSend(auth: ServerConfig['auth']): boolean {
  return auth.mode === 'none' || auth.tokens.some((token) => token.scopes.includes('write'))
}

const SEVERITY = { error: 'error', incompatible: 'error', degraded: 'warning' } as const

/** One warning for each bad state that pairings are in, with how many. */
function pairingWarnings(pairings: ServerConfig['pairings']): NetworkWarning[] {
  const warnings: NetworkWarning[] = []
  for (const status of ['incompatible', 'error', 'degraded'] as const) {
    const count = pairings.filter((pairing) => pairing.status === status).length
    if (count === 0) continue
    warnings.push({
      severity: SEVERITY[status],
      code: `pairings.${status}`,
      message: count === 1 ? `1 pairing is ${status}` : `${count} pairings are ${status}`,
    })
  }
  return warnings
}
