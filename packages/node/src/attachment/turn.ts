import type { AttachmentItem } from '@moltnet/client'
import type { AttachmentConfig } from '@moltnet/config'
import type { Message, Target } from '@moltnet/protocol'
import { renderBootstrap, renderWake, sessionKey, wakeNonce } from '@moltnet/protocol'
import { messageOf } from '../errors.ts'
import type { Adapter, DeliveryOutcome, Session, Wake } from '../adapters/adapter.ts'
import type { SessionStore } from './session-store.ts'

/** A longer timer would fire at once: the platform counts in signed 32 bits. */
const LONGEST_TIMER_MS = 2 ** 31 - 1

/** An EVENT with its answers. */
export type WakeEvent = Extract<AttachmentItem, { type: 'event' }>

/** How one delivery ended, its time included. */
export type TurnResult = DeliveryOutcome & { durationMs: number }

/** What the turns of one attachment need. */
export interface TurnOptions {
  config: AttachmentConfig
  adapter: Adapter
  sessions: SessionStore
}

/** One delivery to the runtime. */
export interface DeliverOptions {
  target: Target
  messages: readonly Message[]
  /** Which try of the messages this is, from 1. */
  attempt: number
  /** Ends the turn: the node stops, or another node took over. */
  signal: AbortSignal
  /** Called once, when the runtime has begun with these messages. */
  onStarted(): void
}

/**
 * Hands messages of one conversation to the runtime and waits for the end of the turn, at most the turn
 * timeout. Never throws. Before the first messages of a session comes the bootstrap, in the same turn
 * or in one of its own; without messages only the bootstrap turn is run.
 */
export async function deliverTurn(turns: TurnOptions, options: DeliverOptions): Promise<TurnResult> {
  const { config, sessions } = turns
  const { target, messages } = options
  const session = openSession(sessions, config, target)
  const introduce = session.runtimeId === undefined && hasBootstrap(config, target)
  if (introduce && config.bootstrap === 'turn') {
    const text = renderBootstrap(config.moltnet.networkId, target)
    const wake = wakeOf(config, { ...options, messages: [], onStarted: () => {} }, () => text)
    const told = await runTimed(turns, wake, { session, signal: options.signal })
    if (told.type !== 'delivered' || messages.length === 0) return told
  }
  if (messages.length === 0) return { type: 'delivered', text: '', warnings: [], durationMs: 0 }
  const nonce = wakeNonce()
  const prompt = (state: 'fresh' | 'known') =>
    renderWake({ messages, nonce, bootstrap: state === 'fresh' && hasBootstrap(config, target) })
  return await runTimed(turns, wakeOf(config, options, prompt), { session, signal: options.signal })
}

/** Whether the conversation still needs a bootstrap turn of its own. */
export function needsBootstrapTurn({ config, sessions }: TurnOptions, target: Target): boolean {
  if (config.bootstrap !== 'turn' || !hasBootstrap(config, target)) return false
  return openSession(sessions, config, target).runtimeId === undefined
}

/** Only rooms whose rule is `all` are told that they are attached, their threads included. */
function hasBootstrap({ bootstrap, rooms }: AttachmentConfig, target: Target): boolean {
  if (bootstrap === 'none' || target.kind === 'dm') return false
  return rooms.some((room) => room.id === target.room_id && room.wake === 'all')
}

function openSession(sessions: SessionStore, config: AttachmentConfig, target: Target): Session {
  const key = sessionKey({
    networkId: config.moltnet.networkId,
    agentId: config.agent.id,
    conversation: target,
    sessionPrefix: config.sessionPrefix,
  })
  return {
    key,
    get runtimeId() {
      return sessions.get(key)
    },
    remember: (runtimeId) => sessions.set(key, runtimeId),
    forget: () => sessions.delete(key),
  }
}

function wakeOf(config: AttachmentConfig, options: DeliverOptions, prompt: Wake['prompt']): Wake {
  let begun = false
  return {
    networkId: config.moltnet.networkId,
    target: options.target,
    messages: options.messages,
    attempt: options.attempt,
    prompt,
    started: () => {
      if (!begun) options.onStarted()
      begun = true
    },
  }
}

async function runTimed(
  { adapter, config }: TurnOptions,
  wake: Wake,
  { session, signal }: { session: Session; signal: AbortSignal },
): Promise<TurnResult> {
  const began = performance.now()
  const deadline = new AbortController()
  const timer = setTimeout(() => deadline.abort(), Math.min(config.turnTimeoutMs, LONGEST_TIMER_MS))
  const either = AbortSignal.any([signal, deadline.signal])
  let outcome: DeliveryOutcome
  try {
    outcome = await adapter.deliver(wake, session, either)
  } catch (error) {
    outcome = {
      type: 'retry',
      reason: 'unavailable',
      error: messageOf(error),
    }
  } finally {
    clearTimeout(timer)
  }
  const durationMs = Math.round(performance.now() - began)
  if (outcome.type === 'delivered') return { ...outcome, durationMs }
  if (signal.aborted) {
    return { type: 'retry', reason: 'unavailable', error: 'the node ended the turn', durationMs }
  }
  if (deadline.signal.aborted) {
    const error = `the turn took longer than ${config.turnTimeoutMs / 1000} s and was ended`
    return { type: 'failed', reason: 'timeout', error, warnings: [], durationMs }
  }
  return { ...outcome, durationMs }
}
