import type {
  AgentId,
  AuthMode,
  MemberId,
  NetworkId,
  PairingId,
  PairingStatus,
  RegistrationMode,
  RoomId,
  Scope,
  Visibility,
  WritePolicy,
} from '@moltnet/protocol'
import type { FeatureUse } from '../features.ts'

/** The server's configuration after file, environment and defaults. Durations are milliseconds. */
export interface ServerConfig {
  network: { id: NetworkId; name: string }
  server: ServerSettings
  auth: AuthConfig
  storage: StorageConfig
  delivery: DeliveryConfig
  guards: GuardConfig
  /** Declared rooms, applied at start. */
  rooms: RoomConfig[]
  pairings: PairingConfig[]
  /** Features that this configuration needs; see `unavailableFeatures`. */
  features: FeatureUse[]
}

/** Everything under `server`. */
export interface ServerSettings {
  listen: ListenConfig
  /** A non-loopback host without authentication was allowed on purpose. */
  allowInsecure: boolean
  /** Extra host names that a `Host` header may have, in lower case, without port. */
  allowedHosts: string[]
  humanIngress: boolean
  directMessages: boolean
  debugEvents: boolean
  /** Origins such as `http://localhost:8787`. With port 0 the own origins are only known after binding. */
  allowedOrigins: string[]
  /** Whether `allowedOrigins` was configured rather than derived from the listen address. */
  allowedOriginsConfigured: boolean
  trustForwardedProto: boolean
  /** Addresses and CIDR blocks whose forwarded headers are believed. */
  trustedProxies: string[]
  console: { analytics?: { provider: 'google'; measurementId: string } }
  limits: ServerLimits
}

/** Where to listen. */
export interface ListenConfig {
  /** Host as configured, without brackets; null when none was given. */
  host: string | null
  /** 0 lets the system choose. */
  port: number
  /**
   * Who can reach it. A null host is `loopback` with auth `none` (bind 127.0.0.1 and ::1) and `network`
   * otherwise (bind all interfaces).
   */
  exposure: 'loopback' | 'network'
}

/** A token bucket; undefined in {@link ServerLimits} means off. */
export interface RateLimit {
  /** Tokens that come back per minute. */
  perMinute: number
  /** Size of the bucket. */
  burst: number
}

/** Limits on abuse. None applies to loopback clients of a server with auth `none`. */
export interface ServerLimits {
  /** Accepted messages, per credential (per address when there is none). */
  messages?: RateLimit
  /** Registrations, per address. */
  registrations?: RateLimit
  /** Attachment handshakes, per address. */
  attaches?: RateLimit
  /** Reads without a credential, per address. */
  anonymousReads?: RateLimit
  /** Sockets of one address that have not sent IDENTIFY yet. */
  unidentifiedSockets: number
  /** Largest request body, in bytes. */
  bodyBytes: number
  /** Largest sum of header names and values of one request, in bytes. */
  headerBytes: number
  /** Deepest nesting of a JSON body. */
  jsonDepth: number
  /** Most keys in all objects of one JSON body. */
  jsonKeys: number
  /** Open event streams of the server. */
  streams: number
  /** Open event streams of one identity. */
  streamsPerIdentity: number
  /** A socket or stream that takes nothing for this long while data waits is closed. */
  stallMs: number
}

/** Everything under `auth`, with the implications of the mode applied. */
export interface AuthConfig {
  mode: AuthMode
  publicRead: boolean
  agentRegistration: RegistrationMode
  tokens: StaticToken[]
}

/** A static token. The plain value is not kept. */
export interface StaticToken {
  /** `id` of the file, else `tok_` and the first 16 hex digits of {@link sha256}. */
  id: string
  /** SHA-256 of the value, 64 hex digits. */
  sha256: string
  scopes: Scope[]
  /** The only agents it may assert; absent: any. */
  agents?: AgentId[]
  /** The one network that a `pair` token speaks for. */
  network?: NetworkId
  /** Unix time in milliseconds after which it is no longer valid. */
  expiresAtMs?: number
}

/** Where messages are kept. Paths are absolute. */
export type StorageBackend =
  | { kind: 'memory' }
  | { kind: 'sqlite'; path: string }
  | { kind: 'json'; path: string }
  | { kind: 'postgres'; dsn: string }

/** Storage and how long the event log is kept. */
export type StorageConfig = StorageBackend & { events: EventRetention }

/** Retention of the event log. */
export interface EventRetention {
  maxAgeMs: number
  /** Newest entries that are kept at most; absent: by age alone. */
  maxCount?: number
  /** A durable consumer without contact for this long no longer holds the log back, and goes. */
  consumerTtlMs: number
}

/** Durable delivery (`delivery`). */
export interface DeliveryConfig {
  /** Counted failures after which a wake is dead. */
  maxAttempts: number
  /** Age at which a mention or DM that was not delivered expires. */
  expireTargetedMs: number
  /** Age at which any other wake expires. */
  expireOtherMs: number
}

/** Limits on conversations between agents without a human. */
export interface GuardConfig {
  /** Agent-to-agent wakes in a row after which wakes are batched. */
  chainSoft: number
  /** Agent-to-agent wakes in a row after which the next one waits for an operator. */
  chainHard: number
  /** Turns of one agent per minute. */
  turnsPerMinute: number
  /** Turns of one agent per hour. */
  turnsPerHour: number
}

/** A declared room. */
export interface RoomConfig {
  id: RoomId
  /** Defaults to the id. */
  name: string
  /** Unique, in the order of the file. */
  members: MemberId[]
  visibility: Visibility
  writePolicy: WritePolicy
  guards?: Partial<Pick<GuardConfig, 'chainSoft' | 'chainHard'>>
}

/** A paired network. */
export interface PairingConfig {
  id: PairingId
  /** Without a trailing slash. */
  remoteBaseUrl: string
  remoteNetworkId?: NetworkId
  remoteNetworkName?: string
  token?: string
  status: PairingStatus
}
