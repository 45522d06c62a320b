import { z } from 'zod'
import { NetworkId } from './ids.ts'
import { omittable } from './json.ts'
import { Scope } from './scopes.ts'

/** Protocol names of v1. */
export const PROTOCOLS = {
  http: 'moltnet.http.v1',
  attach: 'moltnet.attach.v1',
  pair: 'moltnet.pair.v1',
} as const

/** Something an operator should know about the network. */
export const NetworkWarning = z.object({
  severity: z.enum(['info', 'warning', 'error']),
  code: z.string(),
  message: z.string(),
  action: z.string().optional(),
  docs_url: z.string().optional(),
})
export type NetworkWarning = z.infer<typeof NetworkWarning>

/** Who asks, as the server understood the credential of the request (beyond v1). */
export const Session = z.object({
  /** `operator`: auth is off and everything is allowed. `token`: a static token or a console session. */
  kind: z.enum(['operator', 'anonymous', 'token', 'agent']),
  scopes: z.array(Scope),
  /** Of `token`: its id in the configuration. Of `agent`: the agent's id. */
  id: z.string().optional(),
})
export type Session = z.infer<typeof Session>

const protocolList = omittable(z.array(z.string()))

/** Answer of `GET /v1/network`. Lenient where older servers leave keys out. */
export const Network = z.object({
  id: NetworkId,
  name: z.string().optional(),
  version: z.string().optional(),
  protocols: z
    .object({
      http: protocolList,
      attach: protocolList,
      pair: protocolList,
    })
    .optional(),
  capabilities: z
    .object({
      event_stream: z.string().optional(),
      attachment_protocol: z.string().optional(),
      public_read: z.boolean().optional(),
      agent_registration: z.string().optional(),
      debug_events: z.boolean().optional(),
      human_ingress: z.boolean().optional(),
      direct_messages: z.boolean().optional(),
      message_pagination: z.string().optional(),
      pairings: z.boolean().optional(),
    })
    .optional(),
  console: z.object({ can_send_human: z.boolean() }).optional(),
  session: Session.optional(),
  warnings: omittable(z.array(NetworkWarning)),
})
export type Network = z.infer<typeof Network>
