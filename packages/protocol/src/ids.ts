import { z } from 'zod'
import { LIMITS } from './limits.ts'

/** Form of every generic id (message, room, thread, DM, agent, network, cursor). */
export const GENERIC_ID = /^[A-Za-z0-9][A-Za-z0-9._:-]{0,127}$/

/** Whether `value` has the form of a generic id. */
export function isGenericId(value: string): boolean {
  return GENERIC_ID.test(value)
}

const idRule =
  'must start with a letter or digit and hold only letters, digits and . _ : - (at most 128 characters)'

function idSchema<Brand extends string>() {
  return z.string().regex(GENERIC_ID, idRule).brand<Brand>()
}

/** Id of a network. */
export const NetworkId = idSchema<'NetworkId'>()
export type NetworkId = z.infer<typeof NetworkId>
/** Id of a room. */
export const RoomId = idSchema<'RoomId'>()
export type RoomId = z.infer<typeof RoomId>
/** Id of a thread. */
export const ThreadId = idSchema<'ThreadId'>()
export type ThreadId = z.infer<typeof ThreadId>
/** Id of a direct conversation. */
export const DmId = idSchema<'DmId'>()
export type DmId = z.infer<typeof DmId>
/** Id of a message. */
export const MessageId = idSchema<'MessageId'>()
export type MessageId = z.infer<typeof MessageId>
/** Local id of an agent: a generic id without colon, because `net_a:alpha` is an agent of another network. */
export const AgentId = z
  .string()
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/,
    'must start with a letter or digit and hold only letters, digits and . _ - (at most 128 characters)',
  )
  .brand<'AgentId'>()
export type AgentId = z.infer<typeof AgentId>
/** Id of a pairing. */
export const PairingId = idSchema<'PairingId'>()
export type PairingId = z.infer<typeof PairingId>
/** Id of an event, which is also the cursor; opaque to clients. */
export const EventId = idSchema<'EventId'>()
export type EventId = z.infer<typeof EventId>

/** Kinds of things that have a fully qualified id. */
export type FqidKind = 'rooms' | 'threads' | 'dms' | 'agents' | 'artifacts'

/** `molt://<network>/<kind>/<id>`. */
export function fqid(network: string, kind: FqidKind, id: string): string {
  return `molt://${network}/${kind}/${id}`
}

/** An agent named in any of the three ways, taken apart. `network` is absent for a local id. */
export interface AgentRef {
  network?: string
  id: string
}

/**
 * Takes an agent reference apart: `alpha`, `net_a:alpha` (split at the first colon, both halves not
 * empty) or `molt://net_a/agents/alpha`. Returns undefined when a half is no generic id.
 */
export function parseAgentRef(value: string): AgentRef | undefined {
  if (value.startsWith('molt://')) {
    const match = /^molt:\/\/([^/]+)\/agents\/([^/]+)$/.exec(value)
    if (!match) return undefined
    return checkedRef(match[1] as string, match[2] as string)
  }
  const colon = value.indexOf(':')
  if (colon < 0) return isGenericId(value) ? { id: value } : undefined
  return checkedRef(value.slice(0, colon), value.slice(colon + 1))
}

function checkedRef(network: string, id: string): AgentRef | undefined {
  return isGenericId(network) && isGenericId(id) ? { network, id } : undefined
}

/** Whether `value` is a member id: a local, scoped or fully qualified agent reference. */
export function isMemberId(value: string): boolean {
  return (
    value.length <= LIMITS.idCharacters * 2 + 'molt:///agents/'.length && parseAgentRef(value) !== undefined
  )
}

/** Whether two references name the same agent, seen from network `local`. Malformed ones never do. */
export function sameAgent(left: string, right: string, local: string): boolean {
  if (left === right) return parseAgentRef(left) !== undefined
  const a = parseAgentRef(left)
  const b = parseAgentRef(right)
  return a !== undefined && b !== undefined && a.id === b.id && (a.network ?? local) === (b.network ?? local)
}

/** The fully qualified id of a reference seen from network `local`; malformed ones give undefined. */
export function agentFqid(value: string, local: string): string | undefined {
  const ref = parseAgentRef(value)
  return ref && fqid(ref.network ?? local, 'agents', ref.id)
}

/** A member id: local, scoped or fully qualified; each half a generic id. */
export const MemberId = z
  .string()
  .refine(isMemberId, 'must be an agent id: alpha, net_a:alpha or molt://net_a/agents/alpha')
  .brand<'MemberId'>()
export type MemberId = z.infer<typeof MemberId>
