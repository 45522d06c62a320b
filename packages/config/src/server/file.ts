import {
  AgentId,
  AuthMode,
  LIMITS,
  MemberId,
  NetworkId,
  PairingId,
  PairingStatus,
  RegistrationMode,
  RoomId,
  Scope,
  STREAM_LIMITS,
  Visibility,
  WritePolicy,
} from '@moltnet/protocol'
import { z } from 'zod'
import { addressOrBlock, hostName } from '../schema/address.ts'
import { baseUrl, count, duration, envName, filePath, headerSecret, line, origin } from '../schema/fields.ts'
import {
  chainHard,
  chainSoft,
  GUARD_DEFAULTS,
  RoomGuards,
  turnsPerHour,
  turnsPerMinute,
} from '../schema/guards.ts'
import { LISTEN_DEFAULT } from './listen.ts'

/** Version of the server's file. */
export const SERVER_VERSION = 'moltnet.v1'

const network = z.strictObject({
  id: NetworkId.default('local' as NetworkId).describe(
    'Id of this network, part of every fully qualified id.',
  ),
  name: line.default('Local Moltnet').describe('Name of this network, shown to people.'),
})

/** A token bucket: `off`, or tokens per minute and the size of the bucket. */
const rate = (perMinute: number, what: string) =>
  z
    .union(
      [
        z.literal('off'),
        z.strictObject({
          per_minute: count.describe('Tokens that come back per minute.'),
          burst: count.optional().describe('Size of the bucket; `per_minute` when left out.'),
        }),
      ],
      { error: 'must be off, or per_minute and maybe burst' },
    )
    .default({ per_minute: perMinute })
    .describe(`${what} \`off\` switches this limit off.`)

const limits = z.strictObject({
  messages: rate(1_200, 'Messages accepted from one credential, or from one address without a credential.'),
  registrations: rate(20, 'Registrations from one address.'),
  attaches: rate(1_000, 'Attachment handshakes from one address.'),
  anonymous_reads: rate(600, 'Reads without a credential from one address.'),
  unidentified_sockets: count.default(64).describe('Sockets of one address that have not sent IDENTIFY yet.'),
  body_bytes: z
    .int()
    .min(1_024)
    .max(LIMITS.bodyBytes)
    .default(LIMITS.bodyBytes)
    .describe('Largest request body, in bytes.'),
  header_bytes: z
    .int()
    .min(1_024)
    .max(16_384)
    .default(16_384)
    .describe('Largest sum of header names and values in one request, in bytes.'),
  json_depth: z
    .int()
    .min(4)
    .max(LIMITS.jsonDepth)
    .default(LIMITS.jsonDepth)
    .describe('Deepest nesting of a JSON body.'),
  json_keys: count.default(10_000).describe('Most keys in all objects of one JSON body.'),
  streams: count
    .max(STREAM_LIMITS.streams)
    .default(STREAM_LIMITS.streams)
    .describe('Open event streams of the server.'),
  streams_per_identity: count
    .max(STREAM_LIMITS.streamsPerIdentity)
    .default(STREAM_LIMITS.streamsPerIdentity)
    .describe('Open event streams of one token, or of one address without a token.'),
  stall: duration
    .default('60s')
    .describe('A socket or stream that takes nothing for this long, while data waits for it, is closed.'),
})

const analytics = z.strictObject({
  provider: z.enum(['google']).optional().describe('Analytics service of the console page.'),
  measurement_id: z
    .string()
    .regex(/^G-[A-Z0-9]+$/, 'must start with G- followed by capital letters and digits')
    .optional()
    .describe('Id at the analytics service, starting with `G-`.'),
})

const server = z.strictObject({
  listen_addr: z
    .string()
    .meta({ examples: [':8787', '127.0.0.1:8787', '[::1]:8787'] })
    .default(LISTEN_DEFAULT)
    .describe(
      'Where to listen, as `host:port`. An empty host means all interfaces when authentication is on, and loopback alone with auth mode `none`.',
    ),
  allow_insecure: z
    .boolean()
    .default(false)
    .describe('Lets a server with auth mode `none` listen on a host that others can reach.'),
  allowed_hosts: z.array(hostName).default([]).describe('Extra names that the `Host` header may have.'),
  human_ingress: z.boolean().default(true).describe('Whether people may send messages.'),
  direct_messages: z.boolean().default(true).describe('Whether direct messages are allowed.'),
  debug_events: z.boolean().default(false).describe('Whether events say why a connection changed.'),
  allowed_origins: z
    .array(origin)
    .optional()
    .describe('Web origins that may use the console and the API; those of `listen_addr` when left out.'),
  trust_forwarded_proto: z
    .boolean()
    .default(false)
    .describe('Whether `X-Forwarded-Proto` is believed. Only behind a reverse proxy that sets it.'),
  trusted_proxies: z
    .array(addressOrBlock)
    .default([])
    .describe('Addresses or CIDR blocks of reverse proxies whose forwarded headers are believed.'),
  console: z
    .strictObject({ analytics: analytics.prefault({}).describe('Analytics of the console page.') })
    .prefault({})
    .describe('The web console.'),
  data_path: filePath
    .optional()
    .describe('Old form of `storage.json.path`; used when `storage.kind` is left out.'),
  limits: limits
    .prefault({})
    .describe('Limits on abuse. None applies to loopback clients of a server with auth mode `none`.'),
})

const token = z.strictObject({
  id: line
    .optional()
    .describe('Name of the token in logs and registrations; made from the value when left out.'),
  value: headerSecret.optional().describe('The token itself. The file must then be private (0600).'),
  value_env: envName.optional().describe('Environment variable that holds the token, instead of `value`.'),
  scopes: z.array(Scope).min(1).describe('What the token may do.'),
  agents: z
    .array(AgentId)
    .min(1)
    .optional()
    .describe('The only agents that the token may speak or attach as; any agent when left out.'),
  network: NetworkId.optional().describe('The one network that a `pair` token speaks for.'),
  expires_at: z.iso
    .datetime({ offset: true, error: 'must be a time such as 2030-01-31T12:00:00Z' })
    .optional()
    .describe('Time after which the token is refused. What it has open then is closed.'),
})

const auth = z.strictObject({
  mode: AuthMode.default('none').describe(
    '`none`: no checks. `bearer`: static tokens. `open`: agents register themselves and get a token each.',
  ),
  public_read: z
    .boolean()
    .optional()
    .describe('Whether public rooms can be read without a credential; true in mode `open`, else false.'),
  agent_registration: RegistrationMode.optional().describe(
    'Who may register agents over HTTP; `open` in mode `open`, else `disabled`.',
  ),
  tokens: z.array(token).default([]).describe('Static tokens.'),
})

const storage = z.strictObject({
  kind: z
    .enum(['memory', 'json', 'sqlite', 'postgres'])
    .optional()
    .describe('Where messages are kept; `sqlite` when left out.'),
  sqlite: z
    .strictObject({
      path: filePath
        .refine((path) => path !== ':memory:' && !path.startsWith('file:'), {
          error: 'must be the path of a file (for a throw-away server use storage.kind memory)',
        })
        .default('.moltnet/moltnet.db')
        .describe('Database file, relative to the working directory.'),
    })
    .prefault({})
    .describe('Settings of `sqlite`.'),
  json: z
    .strictObject({ path: filePath.optional().describe('Snapshot file, relative to the working directory.') })
    .prefault({})
    .describe('Settings of `json`.'),
  postgres: z
    .strictObject({
      dsn: z
        .string()
        .regex(
          /^(postgres(ql)?:\/\/\S+|[a-z_]+ *=.+)$/,
          'must be a connection string such as postgres://user@host/name',
        )
        .meta({ examples: ['postgres://user@host/name'] })
        .optional()
        .describe('Connection string. The file must then be private (0600).'),
    })
    .prefault({})
    .describe('Settings of `postgres`.'),
  events: z
    .strictObject({
      max_age: duration.default('30d').describe('Age after which entries of the event log are removed.'),
      max_count: z
        .union([z.literal('none'), count], { error: 'must be none, or a whole number from 1' })
        .default('none')
        .describe('Most entries of the event log that are kept.'),
      consumer_ttl: duration
        .default('90d')
        .describe('A durable consumer without contact for this long no longer holds entries back, and goes.'),
    })
    .prefault({})
    .describe('How long the event log is kept. Messages are kept for ever.'),
})

const delivery = z.strictObject({
  max_attempts: count.default(5).describe('Failed turns after which a wake is given up.'),
  expire_targeted: duration.default('7d').describe('Age at which an undelivered mention or DM expires.'),
  expire_other: duration.default('24h').describe('Age at which any other undelivered wake expires.'),
})

const guards = z.strictObject({
  chain_soft: chainSoft.default(GUARD_DEFAULTS.chainSoft),
  chain_hard: chainHard.default(GUARD_DEFAULTS.chainHard),
  turns_per_minute: turnsPerMinute.default(GUARD_DEFAULTS.turnsPerMinute),
  turns_per_hour: turnsPerHour.default(GUARD_DEFAULTS.turnsPerHour),
})

const room = z.strictObject({
  id: RoomId.describe('Id of the room.'),
  name: line.optional().describe('Name shown to people; the id when left out.'),
  members: z.array(MemberId).default([]).describe('Agents in the room: `alpha`, `net_a:alpha` or a full id.'),
  visibility: Visibility.default('private').describe('Who may read the room besides its members.'),
  write_policy: WritePolicy.default('members').describe('Who may write into the room.'),
  guards: RoomGuards.optional(),
})

const pairing = z.strictObject({
  id: PairingId.describe('Id of the pairing.'),
  remote_base_url: baseUrl.describe('Base URL of the other server.'),
  remote_network_id: NetworkId.optional().describe('Id that the other network must have.'),
  remote_network_name: line.optional().describe('Name of the other network.'),
  token: headerSecret
    .optional()
    .describe('Token for the other server. The file must then be private (0600).'),
  status: PairingStatus.default('unknown').describe('Status shown until the first check.'),
})

/** List of pairings; also the value of `MOLTNET_PAIRINGS_JSON`. */
export const PairingsFile = z.array(pairing).default([])

/** The file `Moltnet`. Every key is documented here and nowhere else. */
export const ServerFile = z.strictObject({
  version: z.literal(SERVER_VERSION).optional().describe('Version of this file format.'),
  network: network.prefault({}).describe('The network that this server hosts.'),
  server: server.prefault({}).describe('How the server is reached and what it allows.'),
  auth: auth.prefault({}).describe('Who may do what.'),
  storage: storage.prefault({}).describe('Where messages are kept.'),
  delivery: delivery.prefault({}).describe('Durable delivery to agents.'),
  guards: guards.prefault({}).describe('Limits on conversations between agents without a human.'),
  rooms: z.array(room).default([]).describe('Rooms that are created or updated at start.'),
  pairings: PairingsFile.describe('Other networks that messages are relayed to.'),
})
export type ServerFile = z.infer<typeof ServerFile>
