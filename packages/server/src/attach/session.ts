import type { ErrorCode } from '@moltnet/protocol'

/**
 * The life of one attachment socket:
 *
 *     identifying   HELLO is sent, IDENTIFY has not come
 *     registering   IDENTIFY is being decided
 *     live          READY, v1 delivery
 *     durable       READY, delivery to a durable consumer
 *     closing       nothing is sent or heard any more, the close is on its way
 *     closed        the connection is gone
 */
export type SessionPhase = 'identifying' | 'registering' | 'live' | 'durable' | 'closing' | 'closed'

/** What can happen to a session. */
export type SessionInput =
  // Frames of the client.
  | 'identify'
  | 'ack'
  | 'nack'
  | 'status'
  | 'ping'
  | 'pong'
  | 'error'
  /** Binary, no JSON, a wrong version, an unknown op or wrong fields. */
  | 'bad_frame'
  // What became of IDENTIFY.
  | 'registered'
  | 'registered_durable'
  | 'refused'
  // Time limits.
  | 'identify_timeout'
  | 'read_timeout'
  /** Frames wait, and the connection has taken nothing for too long. */
  | 'stalled'
  /** The credential of the handshake is not valid any more. */
  | 'credential_expired'
  // Decisions of others.
  | 'agent_removed'
  | 'taken_over'
  /** An ACK, NACK or STATUS of a cursor that this socket cannot know. */
  | 'unknown_cursor'
  /** The server has a fault. */
  | 'failure'
  | 'stop'
  | 'socket_closed'

/** What is to be done, in this order. */
export type SessionAction =
  | 'register'
  /** Send READY, join the audience, announce the agent. */
  | 'ready'
  | 'ack'
  | 'nack'
  | 'status'
  | 'pong'
  /** Leave the audience; report un-ACKed wakes; announce that the agent is gone. */
  | 'leave'
  /** Send ERROR and close with the close code of {@link Transition.error}. */
  | 'refuse'
  /** Close normally: the client ended the session. */
  | 'close'
  /** Close with 1012: the server goes away and comes back. */
  | 'restart'
  /** Cut the connection. */
  | 'terminate'

/** What an input does in a phase. */
export interface Transition {
  readonly next: SessionPhase
  readonly actions: readonly SessionAction[]
  /** The code of the ERROR frame, where the phase knows it; else the input brings it. */
  readonly error?: ErrorCode
}

/** What `input` does to a session in `phase`. Pure. */
export function sessionTransition(phase: SessionPhase, input: SessionInput): Transition {
  return TABLE[phase][input]
}

/** Whether READY was sent and the session goes on. */
export function isReady(phase: SessionPhase): phase is 'live' | 'durable' {
  return phase === 'live' || phase === 'durable'
}

type Row = { readonly [I in SessionInput]: Transition }

/** No change, and something to do or nothing. */
function stay(phase: SessionPhase, ...actions: SessionAction[]): Transition {
  return { next: phase, actions }
}

function refuse(error?: ErrorCode): Transition {
  return { next: 'closing', actions: ['refuse'], error }
}

const close: Transition = { next: 'closing', actions: ['close'] }
const restart: Transition = { next: 'closing', actions: ['restart'] }
const cut: Transition = { next: 'closed', actions: ['terminate'] }
const gone: Transition = { next: 'closed', actions: [] }

/** The same end of a session that had become ready. */
function leaving({ next, actions, error }: Transition): Transition {
  return { next, actions: ['leave', ...actions], error }
}

/** Before READY only IDENTIFY is expected; heartbeats are harmless. */
function unready(phase: 'identifying' | 'registering'): Row {
  return {
    identify: refuse('protocol_error'),
    ack: refuse('protocol_error'),
    nack: refuse('protocol_error'),
    status: refuse('protocol_error'),
    ping: stay(phase, 'pong'),
    pong: stay(phase),
    error: close,
    bad_frame: refuse('protocol_error'),
    registered: stay(phase),
    registered_durable: stay(phase),
    refused: refuse(),
    identify_timeout: stay(phase),
    read_timeout: refuse('timeout'),
    stalled: cut,
    credential_expired: refuse('unauthorized'),
    agent_removed: refuse('agent_removed'),
    taken_over: refuse('taken_over'),
    unknown_cursor: refuse('protocol_error'),
    failure: refuse('internal_error'),
    stop: restart,
    socket_closed: gone,
  }
}

function ready(phase: 'live' | 'durable'): Row {
  const unexpected = leaving(refuse('protocol_error'))
  return {
    identify: unexpected,
    ack: stay(phase, 'ack'),
    nack: unexpected,
    status: unexpected,
    ping: stay(phase, 'pong'),
    pong: stay(phase),
    error: leaving(close),
    bad_frame: unexpected,
    registered: stay(phase),
    registered_durable: stay(phase),
    refused: leaving(refuse()),
    identify_timeout: stay(phase),
    read_timeout: leaving(refuse('timeout')),
    stalled: leaving(cut),
    credential_expired: leaving(refuse('unauthorized')),
    agent_removed: leaving(refuse('agent_removed')),
    taken_over: leaving(refuse('taken_over')),
    unknown_cursor: unexpected,
    failure: leaving(refuse('internal_error')),
    stop: leaving(restart),
    socket_closed: leaving(gone),
  }
}

/** Everything that comes too late. */
function over(phase: 'closing' | 'closed'): Row {
  const ignored = stay(phase)
  return {
    identify: ignored,
    ack: ignored,
    nack: ignored,
    status: ignored,
    ping: ignored,
    pong: ignored,
    error: ignored,
    bad_frame: ignored,
    registered: ignored,
    registered_durable: ignored,
    refused: ignored,
    identify_timeout: ignored,
    read_timeout: ignored,
    stalled: ignored,
    credential_expired: ignored,
    agent_removed: ignored,
    taken_over: ignored,
    unknown_cursor: ignored,
    failure: ignored,
    stop: ignored,
    socket_closed: ignored,
  }
}

const TABLE: { readonly [P in SessionPhase]: Row } = {
  identifying: {
    ...unready('identifying'),
    identify: { next: 'registering', actions: ['register'] },
    identify_timeout: refuse('timeout'),
  },
  registering: {
    ...unready('registering'),
    registered: { next: 'live', actions: ['ready'] },
    registered_durable: { next: 'durable', actions: ['ready'] },
  },
  live: ready('live'),
  durable: { ...ready('durable'), nack: stay('durable', 'nack'), status: stay('durable', 'status') },
  // A peer that does not answer the close is cut.
  closing: { ...over('closing'), stalled: cut, read_timeout: cut, socket_closed: gone },
  closed: over('closed'),
}
