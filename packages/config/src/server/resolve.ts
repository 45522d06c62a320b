import { parseDuration } from '../duration.ts'
import type { Environment } from '../environment.ts'
import type { FeatureUse } from '../features.ts'
import { resolvePath } from '../paths.ts'
import { normalizeBaseUrl } from '../schema/fields.ts'
import type { ServerFile } from './file.ts'
import type { ListenAddress } from './listen.ts'
import { isLoopbackHost, ownOrigins, parseListenAddress } from './listen.ts'
import { tokenHash, tokenId, tokenValue } from './tokens.ts'
import type {
  AuthConfig,
  PairingConfig,
  RateLimit,
  RoomConfig,
  ServerConfig,
  ServerLimits,
  ServerSettings,
  StaticToken,
  StorageBackend,
} from './types.ts'

/** What a resolved configuration needs besides the file. */
export interface ResolveContext {
  /** Folder that storage paths are relative to. */
  cwd: string
  env: Environment
  features: FeatureUse[]
}

/** The server's configuration from a file that is right. */
export function resolveServer(file: ServerFile, context: ResolveContext): ServerConfig {
  return {
    network: file.network,
    server: settingsOf(file),
    auth: authOf(file, context.env),
    storage: {
      ...backendOf(file, context),
      events: {
        maxAgeMs: parseDuration(file.storage.events.max_age),
        maxCount: file.storage.events.max_count === 'none' ? undefined : file.storage.events.max_count,
        consumerTtlMs: parseDuration(file.storage.events.consumer_ttl),
      },
    },
    delivery: {
      maxAttempts: file.delivery.max_attempts,
      expireTargetedMs: parseDuration(file.delivery.expire_targeted),
      expireOtherMs: parseDuration(file.delivery.expire_other),
    },
    guards: {
      chainSoft: file.guards.chain_soft,
      chainHard: file.guards.chain_hard,
      turnsPerMinute: file.guards.turns_per_minute,
      turnsPerHour: file.guards.turns_per_hour,
    },
    rooms: file.rooms.map(roomOf),
    pairings: file.pairings.map(pairingOf),
    features: context.features,
  }
}

function settingsOf({ server, auth }: ServerFile): ServerSettings {
  const listen = listenOf(server.listen_addr)
  const { provider, measurement_id: measurementId } = server.console.analytics
  const reachable = listen.host === null ? auth.mode !== 'none' : !isLoopbackHost(listen.host)
  return {
    listen: { ...listen, exposure: reachable ? 'network' : 'loopback' },
    allowInsecure: server.allow_insecure,
    allowedHosts: [...new Set(server.allowed_hosts.map((host) => host.toLowerCase()))],
    humanIngress: server.human_ingress,
    directMessages: server.direct_messages,
    debugEvents: server.debug_events,
    allowedOrigins: server.allowed_origins?.map((origin) => new URL(origin).origin) ?? ownOrigins(listen),
    allowedOriginsConfigured: server.allowed_origins !== undefined,
    trustForwardedProto: server.trust_forwarded_proto,
    trustedProxies: server.trusted_proxies,
    console: provider && measurementId ? { analytics: { provider, measurementId } } : {},
    limits: limitsOf(server.limits),
  }
}

function listenOf(text: string): ListenAddress {
  const address = parseListenAddress(text)
  if (typeof address === 'string') throw new RangeError(`listen address ${address}`)
  return address
}

function limitsOf(limits: ServerFile['server']['limits']): ServerLimits {
  return {
    messages: rateOf(limits.messages),
    registrations: rateOf(limits.registrations),
    attaches: rateOf(limits.attaches),
    anonymousReads: rateOf(limits.anonymous_reads),
    unidentifiedSockets: limits.unidentified_sockets,
    bodyBytes: limits.body_bytes,
    headerBytes: limits.header_bytes,
    jsonDepth: limits.json_depth,
    jsonKeys: limits.json_keys,
    streams: limits.streams,
    streamsPerIdentity: limits.streams_per_identity,
    stallMs: parseDuration(limits.stall),
  }
}

function rateOf(rate: ServerFile['server']['limits']['messages']): RateLimit | undefined {
  if (rate === 'off') return undefined
  return { perMinute: rate.per_minute, burst: rate.burst ?? rate.per_minute }
}

function authOf({ auth }: ServerFile, env: Environment): AuthConfig {
  const open = auth.mode === 'open'
  return {
    mode: auth.mode,
    publicRead: auth.public_read ?? open,
    agentRegistration: auth.agent_registration ?? (open ? 'open' : 'disabled'),
    tokens: auth.tokens.map((token) => tokenOf(token, env)),
  }
}

function tokenOf(token: ServerFile['auth']['tokens'][number], env: Environment): StaticToken {
  const value = tokenValue(token, env)
  if (value === undefined) throw new RangeError('a static token has no value')
  return {
    id: token.id ?? tokenId(value),
    sha256: tokenHash(value),
    scopes: [...new Set(token.scopes)],
    agents: token.agents && [...new Set(token.agents)],
    network: token.network,
    expiresAtMs: token.expires_at === undefined ? undefined : Date.parse(token.expires_at),
  }
}

function backendOf({ storage, server }: ServerFile, { cwd, env }: ResolveContext): StorageBackend {
  const absolute = (path: string): string => resolvePath(path, cwd, env)
  if (storage.kind === undefined && server.data_path !== undefined) {
    return { kind: 'json', path: absolute(server.data_path) }
  }
  switch (storage.kind) {
    case 'memory':
      return { kind: 'memory' }
    case 'json':
      return { kind: 'json', path: absolute(storage.json.path ?? '') }
    case 'postgres':
      return { kind: 'postgres', dsn: storage.postgres.dsn ?? '' }
    case 'sqlite':
    case undefined:
      return { kind: 'sqlite', path: absolute(storage.sqlite.path) }
  }
}

function roomOf(room: ServerFile['rooms'][number]): RoomConfig {
  return {
    id: room.id,
    name: room.name ?? room.id,
    members: [...new Set(room.members)],
    visibility: room.visibility,
    writePolicy: room.write_policy,
    guards: room.guards && { chainSoft: room.guards.chain_soft, chainHard: room.guards.chain_hard },
  }
}

function pairingOf(pairing: ServerFile['pairings'][number]): PairingConfig {
  return {
    id: pairing.id,
    remoteBaseUrl: normalizeBaseUrl(pairing.remote_base_url),
    remoteNetworkId: pairing.remote_network_id,
    remoteNetworkName: pairing.remote_network_name,
    token: pairing.token,
    status: pairing.status,
  }
}
