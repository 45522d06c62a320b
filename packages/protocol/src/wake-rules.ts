import { z } from 'zod'
import type { DeliveryCause } from './delivery.ts'
import { parseAgentRef, RoomId } from './ids.ts'
import type { AgentRef } from './ids.ts'
import { CONSUMER_LIMITS } from './limits.ts'
import type { Message } from './message.ts'
import type { DmTarget } from './target.ts'

/** Which messages of a conversation wake an agent. */
export const WakeRule = z.enum(['all', 'mentions', 'thread_only', 'never'])
export type WakeRule = z.infer<typeof WakeRule>

/** A room of a subscription: its rule, and whether an operator approves each wake. */
export const RoomSubscription = z.object({
  id: RoomId,
  wake: WakeRule,
  approval: z.boolean().optional(),
})
export type RoomSubscription = z.infer<typeof RoomSubscription>

/** Direct messages of a subscription. */
export const DmSubscription = z.object({
  enabled: z.boolean(),
  wake: WakeRule.optional(),
  approval: z.boolean().optional(),
})
export type DmSubscription = z.infer<typeof DmSubscription>

/** What an attachment wants to be woken for; the same value on server and node. */
export const Subscription = z.object({
  rooms: z.array(RoomSubscription).max(CONSUMER_LIMITS.subscriptionRooms),
  dms: DmSubscription.optional(),
})
export type Subscription = z.infer<typeof Subscription>

/** What a subscription says about one room, or about DMs. */
export interface WakeBinding {
  readonly wake: WakeRule
  readonly approval: boolean
}

/** A subscription ready for many evaluations. */
export interface CompiledSubscription {
  readonly rooms: ReadonlyMap<string, WakeBinding>
  /** Absent when direct messages are not enabled. */
  readonly dms?: WakeBinding
}

/** Prepares a subscription. Of two entries for one room the last counts. */
export function compileSubscription(subscription: Subscription): CompiledSubscription {
  const rooms = new Map<string, WakeBinding>()
  for (const { id, wake, approval = false } of subscription.rooms) rooms.set(id, { wake, approval })
  const { dms } = subscription
  if (!dms?.enabled) return { rooms }
  return { rooms, dms: { wake: dms.wake ?? 'all', approval: dms.approval ?? false } }
}

/** What wakes: a mention, a direct message, or just a message of a room or thread whose rule takes it. */
export type WakeCause = DeliveryCause

/** Whether a message wakes an agent; `approval` means: not before an operator has approved it. */
export type WakeDecision =
  | { readonly wake: false }
  | {
      readonly wake: true
      readonly targeted: boolean
      readonly reason: WakeCause
      readonly approval: boolean
    }

/** A message as one agent sees it. */
export interface WakeView {
  /** The agent's network: the one that it is attached to. */
  networkId: string
  /** The agent's id there. */
  agentId: string
  message: Message
}

const NO_WAKE: WakeDecision = { wake: false }

/**
 * Whether `message` wakes the agent. Only a message of the agent's own network does, never one of its own,
 * and only through a binding of the subscription: a room by its rule (its threads included; `thread_only`
 * takes every thread message and nothing else), DMs when enabled and the agent takes part. Server and node
 * decide with this one function.
 */
export function evaluateWake(view: WakeView & { subscription: CompiledSubscription }): WakeDecision {
  const { subscription, networkId, agentId, message } = view
  const { target } = message
  if (message.network_id !== networkId) return NO_WAKE
  const binding = target.kind === 'dm' ? subscription.dms : subscription.rooms.get(target.room_id)
  if (binding === undefined || binding.wake === 'never') return NO_WAKE

  const self = agentSelf(agentId, networkId)
  if (isFrom(message, self)) return NO_WAKE
  const { approval } = binding
  if (target.kind === 'dm') {
    if (!takesPart(target, message, self)) return NO_WAKE
    return { wake: true, targeted: true, reason: 'dm', approval }
  }
  if (binding.wake === 'thread_only' && target.kind !== 'thread') return NO_WAKE
  const mentioned = isMentioned(message, self)
  if (binding.wake === 'mentions' && !mentioned) return NO_WAKE
  return { wake: true, targeted: mentioned, reason: mentioned ? 'mention' : target.kind, approval }
}

/**
 * Whether a message is targeted at an agent: a DM it takes part in, or a room or thread message that
 * mentions it. Its own messages never are.
 */
export function isTargeted({ networkId, agentId, message }: WakeView): boolean {
  const self = agentSelf(agentId, networkId)
  const { target } = message
  if (isFrom(message, self)) return false
  return target.kind === 'dm' ? takesPart(target, message, self) : isMentioned(message, self)
}

function agentSelf(agentId: string, networkId: string): Required<AgentRef> {
  const ref = agentId.includes(':') ? parseAgentRef(agentId) : undefined
  return { network: ref?.network ?? networkId, id: ref?.id ?? agentId }
}

/** Whether a reference, local ones seen from network `home`, names the agent. */
function names(reference: string, home: string, self: Required<AgentRef>): boolean {
  // Cheap and right for all three notations; spares almost every message the parsing.
  if (!reference.endsWith(self.id)) return false
  const ref = parseAgentRef(reference)
  return ref !== undefined && ref.id === self.id && (ref.network ?? home) === self.network
}

/** By id or by fqid: an agent must never wake itself, even when a server filled in only one of them well. */
function isFrom({ from, network_id }: Message, self: Required<AgentRef>): boolean {
  const home = from.network_id ?? network_id
  return names(from.id, home, self) || (from.fqid !== undefined && names(from.fqid, home, self))
}

function isMentioned({ mentions, network_id }: Message, self: Required<AgentRef>): boolean {
  return mentions?.some((mention) => names(mention, network_id, self)) ?? false
}

function takesPart(target: DmTarget, { network_id }: Message, self: Required<AgentRef>): boolean {
  return target.participant_ids.some((participant) => names(participant, network_id, self))
}
