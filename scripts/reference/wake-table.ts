import type {
  WakeEvent,
  WakeEventType,
  WakeOutcome,
  WakePolicy,
  WakeState,
  WakeStatus,
} from '../../packages/server/src/eventlog/wake-machine.ts'
import { NackReason } from '@moltnet/protocol'
import { code, table } from './table.ts'
import { EVENT_WORDS, STATE_WORDS } from './wake-words.ts'

/** The pure machine that decides what happens to a wake. */
export type WakeMachine = (status: WakeStatus, event: WakeEvent, policy: WakePolicy) => WakeOutcome

const POLICY: WakePolicy = { maxAttempts: 3, now: 0 }
const STATES = Object.keys(STATE_WORDS) as WakeState[]
const EVENTS = Object.keys(EVENT_WORDS) as WakeEventType[]

/** Every state with what it means. */
export function stateTable(): string {
  return table(
    ['state', 'means'],
    STATES.map((state) => [code(state), STATE_WORDS[state]]),
  )
}

/** What leads from one state to another, found by asking the machine: events down, states across. */
export function transitionTable(machine: WakeMachine): string {
  const rows = EVENTS.map((type) => ({
    words: EVENT_WORDS[type],
    next: STATES.map((state) => nextStates(machine, state, type).map(code).join(' or ')),
  }))
  const moving = rows.filter(({ next }) => next.some((cell) => cell !== ''))
  return table(
    ['what happens', ...STATES.map(code)],
    moving.map(({ words, next }) => [words, ...next]),
  )
}

/** The other states that an event can lead to, over everything that a transition may depend on. */
function nextStates(machine: WakeMachine, state: WakeState, type: WakeEventType): WakeState[] {
  const found = new Set<WakeState>()
  for (const status of statuses(state)) {
    for (const event of samplesOf(type)) {
      const outcome = machine(status, event, POLICY)
      if (typeof outcome !== 'string' && outcome.state !== state) found.add(outcome.state)
    }
  }
  return STATES.filter((candidate) => found.has(candidate))
}

function statuses(state: WakeState): WakeStatus[] {
  const last = POLICY.maxAttempts - 1
  return [0, 1].flatMap((sends) =>
    [0, last].flatMap((attempts) =>
      [false, true].map((turnStarted) => ({
        state,
        attempts,
        retries: attempts,
        sends,
        turnStarted,
        dueAt: 0,
        error: undefined,
      })),
    ),
  )
}

function samplesOf(type: WakeEventType): WakeEvent[] {
  if (type === 'nack') return NackReason.options.map(nackFor)
  return [type === 'withdraw' ? { type, error: 'sample' } : { type }]
}

function nackFor(reason: NackReason): WakeEvent {
  return { type: 'nack', reason, error: undefined, retryAfterMs: undefined }
}

const NACK_WORDS: Readonly<Record<NackReason, string>> = {
  unavailable: 'the runtime cannot be reached or is not installed',
  busy: 'the runtime is working on something else',
  failed: 'the turn ended with a failure',
  timeout: 'the turn took longer than its limit',
}

/** What counts as a failed attempt, found by asking the machine. */
export function attemptTable(machine: WakeMachine): string {
  const [status] = statuses('sent')
  if (status === undefined) throw new Error('no sample of a sent wake')
  const counts = (before: WakeStatus, event: WakeEvent): string => {
    const outcome = machine(before, event, POLICY)
    return typeof outcome !== 'string' && outcome.attempts > before.attempts ? 'yes' : 'no'
  }
  const nacks = NackReason.options.map((reason) => [
    `NACK ${code(reason)}: ${NACK_WORDS[reason]}`,
    counts(status, nackFor(reason)),
  ])
  const running = { ...status, turnStarted: true }
  const losses = [
    ['the connection is lost before a turn started', counts(status, { type: 'socket_lost' })],
    ['the connection is lost during a turn', counts(running, { type: 'socket_lost' })],
    ['the server stops, also during a turn', counts(running, { type: 'server_lost' })],
  ]
  return table(['what happens', 'counts as a failed attempt'], [...nacks, ...losses])
}
