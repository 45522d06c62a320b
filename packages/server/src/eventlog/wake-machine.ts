import { CONSUMER_LIMITS } from '@moltnet/protocol'
import type { NackReason } from '@moltnet/protocol'

/**
 * The states of a wake of a durable consumer:
 *
 *     pending   met by the scan, not on a socket
 *     held      waits for an operator
 *     sent      on a socket, un-ACKed
 *     backoff   waits for its next try
 *     done, dead, expired, dismissed    ended
 */
export type WakeState = 'pending' | 'held' | 'sent' | 'backoff' | EndedWakeState

/** States in which nothing more happens to a wake unless an operator retries it. */
export type EndedWakeState = 'done' | 'dead' | 'expired' | 'dismissed'

/** Where a wake stands. Never changed in place. */
export interface WakeStatus {
  readonly state: WakeState
  /** Counted failures. */
  readonly attempts: number
  /** NACKs since it was first sent; sets the wait, and later wakes of its conversation wait for it. */
  readonly retries: number
  /** How often it was put on a socket. */
  readonly sends: number
  /** Whether the node reported that a turn runs with it, since it was last sent. */
  readonly turnStarted: boolean
  /** `backoff`: Unix time of the next try in milliseconds; 0 otherwise. */
  readonly dueAt: number
  /** What the last failure said. */
  readonly error: string | undefined
}

/** What can happen to a wake. */
export type WakeEvent =
  /** It was put on a socket. */
  | { readonly type: 'send' }
  /** An operator must approve it, or a guard stopped it. */
  | { readonly type: 'hold' }
  /** A guard makes it wait for its time. */
  | { readonly type: 'delay' }
  | { readonly type: 'approve' }
  | { readonly type: 'dismiss' }
  /** An operator wants an ended wake delivered after all, or one that waits for its next try sent now. */
  | { readonly type: 'retry' }
  | { readonly type: 'ack' }
  | {
      readonly type: 'nack'
      readonly reason: NackReason
      readonly error: string | undefined
      readonly retryAfterMs: number | undefined
    }
  | { readonly type: 'turn_started' }
  | { readonly type: 'turn_ended' }
  /** Its socket is gone, for whatever reason on the node's side. */
  | { readonly type: 'socket_lost' }
  /** Its socket is gone because this server stopped; never the node's failure. */
  | { readonly type: 'server_lost' }
  /** The wait of its backoff is over. */
  | { readonly type: 'due' }
  /** It is too old; asked when it would be sent. */
  | { readonly type: 'expire' }
  /** Its agent may no longer read the conversation; asked when it would be sent. */
  | { readonly type: 'withdraw'; readonly error: string }
  /** Its conversation was taken out of the subscription. */
  | { readonly type: 'unsubscribe' }
  /** Its consumer had no contact for too long and goes. */
  | { readonly type: 'abandon' }

/** Name of a {@link WakeEvent}. */
export type WakeEventType = WakeEvent['type']

/** What transitions depend on besides the wake. */
export interface WakePolicy {
  /** Counted failures after which a wake is dead. */
  readonly maxAttempts: number
  /** Unix time in milliseconds. */
  readonly now: number
}

/**
 * What an event does: a new status; `ignored`, when it comes too late to matter; or `invalid`, when
 * whoever caused it broke the rules (a frame about a wake that was never sent, an operator's action that
 * this state does not have, a mistake in this program).
 */
export type WakeOutcome = WakeStatus | 'ignored' | 'invalid'

/** A wake that the scan just met. */
export const NEW_WAKE: WakeStatus = {
  state: 'pending',
  attempts: 0,
  retries: 0,
  sends: 0,
  turnStarted: false,
  dueAt: 0,
  error: undefined,
}

/** What `event` makes of a wake. Pure. */
export function wakeTransition(status: WakeStatus, event: WakeEvent, policy: WakePolicy): WakeOutcome {
  const step = STEPS[status.state][event.type] as Step<WakeEvent>
  return typeof step === 'string' ? step : step(status, event, policy)
}

/** Whether nothing more happens to a wake by itself. */
export function isEnded(state: WakeState): state is EndedWakeState {
  return state === 'done' || state === 'dead' || state === 'expired' || state === 'dismissed'
}

/** How long a wake waits before its next try, in milliseconds: 1 s, doubling up to 5 minutes. */
export function backoffMs(retries: number): number {
  // 2 ** 20 seconds is far beyond the longest wait; the bound keeps the power finite.
  const doubled = CONSUMER_LIMITS.backoffFirstMs * 2 ** Math.min(Math.max(retries - 1, 0), 20)
  return Math.min(doubled, CONSUMER_LIMITS.backoffMaxMs)
}

type Step<E extends WakeEvent> =
  | 'ignored'
  | 'invalid'
  | ((status: WakeStatus, event: E, policy: WakePolicy) => WakeOutcome)

type Steps = { readonly [T in WakeEventType]: Step<Extract<WakeEvent, { type: T }>> }

function to(state: WakeState): (status: WakeStatus) => WakeStatus {
  return (status) => ({ ...status, state, turnStarted: false, dueAt: 0 })
}

/** A frame about a wake that waits to be sent again is late; about one that was never sent it is wrong. */
function ifSent(step: 'ignored' | ((status: WakeStatus) => WakeStatus)): (status: WakeStatus) => WakeOutcome {
  return (status) => (status.sends === 0 ? 'invalid' : typeof step === 'string' ? step : step(status))
}

function send(status: WakeStatus): WakeStatus {
  return { ...status, state: 'sent', sends: status.sends + 1, turnStarted: false }
}

function nack(
  status: WakeStatus,
  { reason, error, retryAfterMs }: Extract<WakeEvent, { type: 'nack' }>,
  { maxAttempts, now }: WakePolicy,
): WakeStatus {
  const counts = reason === 'failed' || reason === 'timeout'
  const attempts = status.attempts + (counts ? 1 : 0)
  const retries = status.retries + 1
  const failed = { ...status, attempts, retries, turnStarted: false, error: error ?? reason }
  if (counts && attempts >= maxAttempts) return { ...failed, state: 'dead', dueAt: 0 }
  return { ...failed, state: 'backoff', dueAt: now + waitMs(retries, retryAfterMs) }
}

/** The node's own wish counts within the bounds of the backoff, so that it can neither spin nor park a wake. */
function waitMs(retries: number, wish: number | undefined): number {
  if (wish === undefined) return backoffMs(retries)
  return Math.min(Math.max(wish, CONSUMER_LIMITS.backoffFirstMs), CONSUMER_LIMITS.backoffMaxMs)
}

function socketLost(status: WakeStatus, _event: WakeEvent, { maxAttempts }: WakePolicy): WakeStatus {
  const pending = to('pending')(status)
  if (!status.turnStarted) return pending
  const attempts = status.attempts + 1
  const error = 'the connection was lost during the turn'
  return { ...pending, attempts, error, state: attempts >= maxAttempts ? 'dead' : 'pending' }
}

function withdraw(status: WakeStatus, { error }: Extract<WakeEvent, { type: 'withdraw' }>): WakeStatus {
  return { ...to('dead')(status), error }
}

const startTurn = (status: WakeStatus): WakeStatus => ({ ...status, turnStarted: true })
const unchanged = (status: WakeStatus): WakeStatus => status
/** An operator's retry starts from nothing, but the message was seen before. */
const startOver = (status: WakeStatus): WakeStatus => ({ ...NEW_WAKE, sends: status.sends })

/** Operators' actions that only make sense elsewhere, and sending what cannot be sent. */
const NOT_HERE = {
  send: 'invalid',
  hold: 'invalid',
  delay: 'invalid',
  approve: 'invalid',
  dismiss: 'invalid',
  retry: 'invalid',
} as const

/** Nothing that happens to sockets, time or subscriptions changes a wake that ended. */
const ENDED: Steps = {
  ...NOT_HERE,
  ack: 'ignored',
  nack: 'ignored',
  turn_started: 'ignored',
  turn_ended: 'ignored',
  socket_lost: 'ignored',
  server_lost: 'ignored',
  due: 'ignored',
  expire: 'ignored',
  withdraw: 'ignored',
  unsubscribe: 'ignored',
  abandon: 'ignored',
}

const STEPS: { readonly [S in WakeState]: Steps } = {
  pending: {
    ...NOT_HERE,
    send,
    hold: to('held'),
    delay: unchanged,
    // After a crash nobody knows any more that it was sent; whoever ACKs it had it.
    ack: to('done'),
    nack: ifSent('ignored'),
    turn_started: ifSent('ignored'),
    turn_ended: ifSent('ignored'),
    socket_lost: 'ignored',
    server_lost: 'ignored',
    due: 'ignored',
    expire: to('expired'),
    withdraw,
    unsubscribe: to('dismissed'),
    abandon: to('expired'),
  },
  held: {
    ...NOT_HERE,
    approve: to('pending'),
    dismiss: to('dismissed'),
    ack: ifSent(to('done')),
    nack: ifSent('ignored'),
    turn_started: ifSent('ignored'),
    turn_ended: ifSent('ignored'),
    socket_lost: 'ignored',
    server_lost: 'ignored',
    due: 'ignored',
    expire: 'ignored',
    withdraw,
    unsubscribe: to('dismissed'),
    abandon: to('expired'),
  },
  sent: {
    ...NOT_HERE,
    ack: to('done'),
    nack,
    turn_started: startTurn,
    turn_ended: unchanged,
    socket_lost: socketLost,
    server_lost: to('pending'),
    due: 'ignored',
    expire: 'ignored',
    withdraw: 'ignored',
    unsubscribe: to('dismissed'),
    abandon: to('expired'),
  },
  backoff: {
    ...NOT_HERE,
    // Its failures stay counted, and later wakes of its conversation go on waiting for it.
    retry: to('pending'),
    ack: to('done'),
    nack: 'ignored',
    turn_started: 'ignored',
    turn_ended: 'ignored',
    socket_lost: 'ignored',
    server_lost: 'ignored',
    due: to('pending'),
    expire: 'ignored',
    withdraw,
    unsubscribe: to('dismissed'),
    abandon: to('expired'),
  },
  done: ENDED,
  dead: { ...ENDED, retry: startOver },
  expired: { ...ENDED, retry: startOver },
  dismissed: { ...ENDED, retry: startOver },
}
