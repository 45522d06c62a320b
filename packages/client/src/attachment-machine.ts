import type { ReadyFrame } from '@moltnet/protocol'
import type { ReceivedEvent } from './frames.ts'

/**
 * The attachment as a pure machine: state × input → state + actions; no clock, no randomness, no I/O. The
 * spec is `docs/attachment.md`. `failures` counts tries since the last READY.
 */
export type AttachmentState =
  /** Nobody iterates yet. */
  | { kind: 'idle' }
  /** A socket is being opened. */
  | { kind: 'connecting'; failures: number }
  /** Open; HELLO is awaited. */
  | { kind: 'greeting'; failures: number }
  /** IDENTIFY is sent; READY is awaited. */
  | { kind: 'identifying'; failures: number }
  /** READY: events flow. */
  | { kind: 'live' }
  /** The upgrade failed, which says nothing; a plain request asks for the reason. */
  | { kind: 'probing'; failures: number }
  /** The retry timer runs. */
  | { kind: 'waiting'; failures: number }
  /** The consumer is too far behind; it must catch up before the next connection. */
  | { kind: 'parked' }
  | { kind: 'closed' }

/** Why there is no connection. */
export type Loss =
  | { type: 'disconnected'; reason: string; code?: number }
  | { type: 'refused'; error: string; code?: string; retryAfterMs?: number }
  | { type: 'taken_over'; error: string }

/** A refusal of the upgrade, read from the answer to a plain request. */
export interface Rejection {
  error: string
  code?: string
  /** Another try with the same settings cannot succeed. */
  permanent: boolean
  retryAfterMs?: number
}

export type AttachmentInput =
  | { type: 'start' }
  | { type: 'opened' }
  | { type: 'upgrade_failed' }
  | { type: 'rejected'; rejection: Rejection }
  | { type: 'unexplained'; reason: string }
  | { type: 'hello'; heartbeatMs: number }
  | { type: 'ready'; ready: ReadyFrame }
  | { type: 'event'; event: ReceivedEvent }
  | { type: 'ping' }
  | { type: 'pong' }
  | { type: 'error'; error: string; code?: string; retryable?: boolean }
  /** A binary frame, bad JSON, an unknown `op`, a frame out of shape. */
  | { type: 'malformed'; reason: string }
  | { type: 'lost'; code: number; reason: string }
  /** A step of the handshake took too long. */
  | { type: 'timeout' }
  /** No frame for the read limit. */
  | { type: 'silent' }
  /** Nothing sent for a heartbeat interval. */
  | { type: 'heartbeat' }
  | { type: 'retry' }
  | { type: 'overflow' }
  | { type: 'drained' }
  /** The agent token could not be kept. */
  | { type: 'token_failed'; error: unknown }
  | { type: 'close'; reason: string }

export type AttachmentAction =
  | { do: 'connect' }
  | { do: 'probe' }
  | { do: 'identify'; heartbeatMs: number }
  | { do: 'attach'; ready: ReadyFrame }
  | { do: 'deliver'; event: ReceivedEvent }
  | { do: 'ping' }
  | { do: 'pong' }
  /** Tells the server by an ERROR frame what is wrong with what it sent. */
  | { do: 'complain'; error: string }
  /** Lets the socket go. `abrupt`: without a closing handshake that nobody would answer. */
  | { do: 'drop'; reason: string; abrupt: boolean }
  /** Reports the loss and starts the retry timer. */
  | { do: 'retry'; failures: number; loss: Loss }
  /** Reports that the consumer is too slow. */
  | { do: 'park' }
  /** Reports a refusal for good. */
  | { do: 'refuse'; error: string; code?: string }
  /** Ends the iteration, by throwing when there is a failure. */
  | { do: 'end'; failure?: { error: unknown } }

export type StateKind = AttachmentState['kind']
export type InputType = AttachmentInput['type']

/** What an input leads to. */
export interface Step {
  state: AttachmentState
  actions: AttachmentAction[]
}

/** The whole behaviour. Never throws; an input that means nothing in a state leaves it as it is. */
export function transition(state: AttachmentState, input: AttachmentInput): Step {
  const rule = RULES[state.kind][input.type] as (state: AttachmentState, input: AttachmentInput) => Step
  return rule(state, input)
}

type StateOf<K extends StateKind> = Extract<AttachmentState, { kind: K }>
type InputOf<I extends InputType> = Extract<AttachmentInput, { type: I }>
type Rule<K extends StateKind, I extends InputType> = (state: StateOf<K>, input: InputOf<I>) => Step
type Rules<K extends StateKind> = { [I in InputType]: Rule<K, I> }

const stay = (state: AttachmentState): Step => ({ state, actions: [] })
const goto = (state: AttachmentState, ...actions: AttachmentAction[]): Step => ({ state, actions })
const CLOSED: AttachmentState = { kind: 'closed' }

/** Failed tries so far; a live attachment starts again at none. */
const failuresOf = (state: AttachmentState): number => ('failures' in state ? state.failures : 0)

function lose(state: AttachmentState, loss: Loss, ...before: AttachmentAction[]): Step {
  const failures = failuresOf(state) + 1
  return goto({ kind: 'waiting', failures }, ...before, { do: 'retry', failures, loss })
}

function breakOff(state: AttachmentState, reason: string, abrupt = true): Step {
  return lose(state, { type: 'disconnected', reason }, { do: 'drop', reason, abrupt })
}

function complain(state: AttachmentState, error: string): Step {
  const drop: AttachmentAction = { do: 'drop', reason: 'protocol error', abrupt: false }
  return lose(state, { type: 'disconnected', reason: error }, { do: 'complain', error }, drop)
}

const outOfPlace = (state: AttachmentState, input: AttachmentInput): Step =>
  complain(state, `unexpected ${input.type.toUpperCase()} frame while ${state.kind}`)

/** Codes that no retry with the same settings can change. */
const FINAL_CODES: ReadonlySet<string> = new Set(['unauthorized', 'forbidden', 'agent_removed'])
/** The same for an answer to IDENTIFY; on a live socket they can stem from a passing fault. */
const FINAL_BEFORE_READY: ReadonlySet<string> = new Set(['bad_request', 'unprocessable_entity', 'not_found'])

/**
 * An ERROR frame. v1 servers give no code: those are retried, since a text is nothing to decide by. So is
 * `conflict`, which ends when the other attachment of the agent does.
 */
function onError(state: AttachmentState, input: InputOf<'error'>): Step {
  const { error, code } = input
  const drop: AttachmentAction = { do: 'drop', reason: 'refused', abrupt: false }
  if (code === 'taken_over') return lose(state, { type: 'taken_over', error }, drop)
  const beforeReady = state.kind !== 'live'
  const final = code !== undefined && (FINAL_CODES.has(code) || (beforeReady && FINAL_BEFORE_READY.has(code)))
  if (final && input.retryable !== true)
    return goto(CLOSED, drop, { do: 'refuse', error, code }, { do: 'end' })
  return lose(state, { type: 'refused', error, ...(code === undefined ? {} : { code }) }, drop)
}

function onRejected(state: AttachmentState, { rejection }: InputOf<'rejected'>): Step {
  const { permanent, ...refusal } = rejection
  if (!permanent) return lose(state, { type: 'refused', ...refusal })
  const { error, code } = refusal
  return goto(CLOSED, { do: 'refuse', error, ...(code === undefined ? {} : { code }) }, { do: 'end' })
}

function onLost(state: AttachmentState, { code, reason }: InputOf<'lost'>): Step {
  const text = reason === '' ? `connection closed (${code})` : `connection closed (${code}): ${reason}`
  return lose(state, { type: 'disconnected', reason: text, code })
}

const TOO_SLOW = 'the consumer is too far behind'
const dropFor = (reason: string): AttachmentAction => ({ do: 'drop', reason, abrupt: false })

/** What only an open socket says: stale where there is none. */
const noSocket = {
  opened: stay,
  upgrade_failed: stay,
  hello: stay,
  ready: stay,
  event: stay,
  ping: stay,
  pong: stay,
  error: stay,
  malformed: stay,
  lost: stay,
  timeout: stay,
  silent: stay,
  heartbeat: stay,
} satisfies Partial<Rules<'idle'>>

/** What holds wherever a socket is open or being opened. */
const withSocket = {
  start: stay,
  unexplained: stay,
  rejected: stay,
  retry: stay,
  drained: stay,
  heartbeat: stay,
  overflow: () => goto({ kind: 'parked' }, dropFor(TOO_SLOW), { do: 'park' }),
  token_failed: (_: AttachmentState, { error }: InputOf<'token_failed'>) =>
    goto(CLOSED, dropFor('the agent token could not be kept'), { do: 'end', failure: { error } }),
  close: (_: AttachmentState, { reason }: InputOf<'close'>) => goto(CLOSED, dropFor(reason), { do: 'end' }),
} satisfies Partial<Rules<'live'>>

/** What ends an attachment that has no socket. */
const withoutSocket = {
  token_failed: (_: AttachmentState, { error }: InputOf<'token_failed'>) =>
    goto(CLOSED, { do: 'end', failure: { error } }),
  close: () => goto(CLOSED, { do: 'end' }),
} satisfies Partial<Rules<'idle'>>

/** What holds between the opening of a socket and READY. */
const handshake = {
  ...withSocket,
  opened: stay,
  upgrade_failed: stay,
  event: outOfPlace,
  ping: (state: AttachmentState) => goto(state, { do: 'pong' }),
  pong: stay,
  error: onError,
  malformed: (state: AttachmentState, { reason }: InputOf<'malformed'>) => complain(state, reason),
  lost: onLost,
  silent: stay,
} satisfies Partial<Rules<'greeting'>>

const RULES: { [K in StateKind]: Rules<K> } = {
  idle: {
    ...noSocket,
    ...withoutSocket,
    start: () => goto({ kind: 'connecting', failures: 0 }, { do: 'connect' }),
    rejected: stay,
    unexplained: stay,
    retry: stay,
    overflow: stay,
    drained: stay,
  },
  connecting: {
    ...noSocket,
    ...withSocket,
    opened: ({ failures }) => goto({ kind: 'greeting', failures }),
    upgrade_failed: ({ failures }) => goto({ kind: 'probing', failures }, { do: 'probe' }),
    rejected: onRejected,
    timeout: (state) => breakOff(state, 'no connection in time'),
  },
  greeting: {
    ...handshake,
    hello: ({ failures }, { heartbeatMs }) =>
      goto({ kind: 'identifying', failures }, { do: 'identify', heartbeatMs }),
    ready: outOfPlace,
    timeout: (state) => breakOff(state, 'no HELLO in time'),
  },
  identifying: {
    ...handshake,
    hello: outOfPlace,
    ready: (_, { ready }) => goto({ kind: 'live' }, { do: 'attach', ready }),
    timeout: (state) => breakOff(state, 'no READY in time'),
  },
  live: {
    ...handshake,
    hello: outOfPlace,
    ready: outOfPlace,
    event: (state, { event }) => goto(state, { do: 'deliver', event }),
    timeout: stay,
    silent: (state) => breakOff(state, 'no frame from the server in time'),
    heartbeat: (state) => goto(state, { do: 'ping' }),
  },
  probing: {
    ...noSocket,
    ...withoutSocket,
    start: stay,
    rejected: onRejected,
    unexplained: (state, { reason }) => lose(state, { type: 'disconnected', reason }),
    retry: stay,
    overflow: () => goto({ kind: 'parked' }, { do: 'park' }),
    drained: stay,
  },
  waiting: {
    ...noSocket,
    ...withoutSocket,
    start: stay,
    rejected: stay,
    unexplained: stay,
    retry: ({ failures }) => goto({ kind: 'connecting', failures }, { do: 'connect' }),
    overflow: () => goto({ kind: 'parked' }, { do: 'park' }),
    drained: stay,
  },
  parked: {
    ...noSocket,
    ...withoutSocket,
    start: stay,
    rejected: stay,
    unexplained: stay,
    retry: stay,
    overflow: stay,
    drained: () => goto({ kind: 'connecting', failures: 0 }, { do: 'connect' }),
  },
  closed: {
    ...noSocket,
    start: stay,
    rejected: stay,
    unexplained: stay,
    retry: stay,
    overflow: stay,
    drained: stay,
    token_failed: stay,
    close: stay,
  },
}
