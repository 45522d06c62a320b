import { z } from 'zod'
import { MessageId } from './ids.ts'
import { listOf } from './json.ts'
import { Target } from './target.ts'

/**
 * How far the delivery of one message to one agent has come. `acked`: taken, without a word about a turn;
 * `closed`: a v1 socket ended before its ACK; `no_consumer`: a mentioned agent that has no durable
 * consumer for the conversation.
 */
export const DeliveryState = z.enum([
  'no_consumer',
  'stored',
  'pending',
  'held',
  'sent',
  'turn_started',
  'turn_ended',
  'failed',
  'spoke',
  'silent',
  'acked',
  'closed',
  'dead',
  'expired',
  'dismissed',
])
export type DeliveryState = z.infer<typeof DeliveryState>

/**
 * What happened to a delivery at one moment. `lost`: its socket ended; `guarded`: a guard made it wait, or
 * holds it; the others are states or actions.
 */
export const DeliveryStepName = z.enum([
  ...DeliveryState.exclude(['no_consumer']).options,
  'approved',
  'retried',
  'published',
  'text_dismissed',
  'lost',
  'guarded',
])
export type DeliveryStepName = z.infer<typeof DeliveryStepName>

/** One line of a delivery's history. */
export const DeliveryStep = z.object({
  step: DeliveryStepName,
  at: z.string(),
  /** `sent`: which counted try, from 1. */
  attempt: z.int().positive().optional(),
  reason: z.string().optional(),
  /** `guarded`: what the guard saw and how long it lets the wake wait, for people. */
  detail: z.string().optional(),
  error: z.string().optional(),
  /** `turn_ended`: what the runtime was refused or complained about, such as denied permissions. */
  warnings: z.array(z.string()).optional(),
  /** `published`: the message that the held text became. */
  message_id: MessageId.optional(),
  /** The operator's credential: `token:<id>`, or `anonymous` without auth. */
  by: z.string().optional(),
})
export type DeliveryStep = z.infer<typeof DeliveryStep>

/** The guards against loops and cost, named like their settings. */
export const GuardName = z.enum(['chain_soft', 'chain_hard', 'turns_per_minute', 'turns_per_hour'])
export type GuardName = z.infer<typeof GuardName>

/** Why a wake waits for an operator. */
export const HoldReason = z.enum(['approval', 'guard'])
export type HoldReason = z.infer<typeof HoldReason>

/** Why a message is for an agent: a mention, a direct message, or the rule of a room or thread. */
export const DeliveryCause = z.enum(['mention', 'dm', 'room', 'thread'])
export type DeliveryCause = z.infer<typeof DeliveryCause>

/** What became of one message for one agent. */
export const Delivery = z.object({
  /** Of a wake, or of a targeted message on a v1 socket; absent when the server has no row of it. */
  id: z.string().optional(),
  message_id: MessageId,
  agent_id: z.string(),
  target: Target,
  /** Through a durable consumer; false for v1 sockets. */
  durable: z.boolean(),
  cause: DeliveryCause,
  state: DeliveryState,
  /**
   * Of `held`: approval or guard; of `pending`: the guard that makes it wait; of `failed`: what the node said;
   * of `no_consumer`: why.
   */
  reason: z.string().optional(),
  error: z.string().optional(),
  /** Counted failures. */
  attempts: z.int().nonnegative(),
  /** How often it was put on a socket. */
  sends: z.int().nonnegative(),
  /** `failed`: when it is tried again. */
  next_try_at: z.string().optional(),
  /** `silent`: the last text of the turn, held for an operator to publish or dismiss. Only observers see it. */
  final_text: z.string().optional(),
  /** When the message was stored. */
  created_at: z.string(),
  /** Oldest first; of a very long history the middle is left out. */
  steps: listOf(DeliveryStep),
})
export type Delivery = z.infer<typeof Delivery>

/** A delivery that has an id: what operators act on. */
export const Wake = Delivery.extend({ id: z.string() })
export type Wake = z.infer<typeof Wake>

/** What an operator can do with a wake. */
export const WakeAction = z.enum(['approve', 'dismiss', 'retry', 'publish'])
export type WakeAction = z.infer<typeof WakeAction>
