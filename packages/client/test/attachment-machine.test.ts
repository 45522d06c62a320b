import { describe, expect, test } from 'bun:test'
import { ATTACH_VERSION, ReadyFrame } from '@moltnet/protocol'
import {
  type AttachmentInput,
  type AttachmentState,
  type InputType,
  type StateKind,
  transition,
} from '../src/attachment-machine.ts'

const STATES: { [K in StateKind]: Extract<AttachmentState, { kind: K }> } = {
  idle: { kind: 'idle' },
  connecting: { kind: 'connecting', failures: 2 },
  greeting: { kind: 'greeting', failures: 2 },
  identifying: { kind: 'identifying', failures: 2 },
  live: { kind: 'live' },
  probing: { kind: 'probing', failures: 2 },
  waiting: { kind: 'waiting', failures: 2 },
  parked: { kind: 'parked' },
  closed: { kind: 'closed' },
}

const INPUTS: { [I in InputType]: Extract<AttachmentInput, { type: I }> } = {
  start: { type: 'start' },
  opened: { type: 'opened' },
  upgrade_failed: { type: 'upgrade_failed' },
  rejected: { type: 'rejected', rejection: { error: 'busy', code: 'service_unavailable', permanent: false } },
  unexplained: { type: 'unexplained', reason: 'unreachable' },
  hello: { type: 'hello', heartbeatMs: 5_000 },
  ready: {
    type: 'ready',
    ready: ReadyFrame.parse({ op: 'READY', version: ATTACH_VERSION, network_id: 'net', agent_id: 'alpha' }),
  },
  event: { type: 'event', event: { kind: 'unreadable', cursor: 'evt_1', reason: 'test', known: false } },
  ping: { type: 'ping' },
  pong: { type: 'pong' },
  error: { type: 'error', error: 'try later' },
  malformed: { type: 'malformed', reason: 'binary frame' },
  lost: { type: 'lost', code: 1012, reason: 'restart' },
  timeout: { type: 'timeout' },
  silent: { type: 'silent' },
  heartbeat: { type: 'heartbeat' },
  retry: { type: 'retry' },
  overflow: { type: 'overflow' },
  drained: { type: 'drained' },
  token_failed: { type: 'token_failed', error: new Error('disk full') },
  close: { type: 'close', reason: 'bye' },
}

/** `-`: nothing happens. Else the next state with its failures, and the actions in order. */
const TABLE: { [K in StateKind]: { [I in InputType]: string } } = {
  idle: {
    start: 'connecting 0: connect',
    opened: '-',
    upgrade_failed: '-',
    rejected: '-',
    unexplained: '-',
    hello: '-',
    ready: '-',
    event: '-',
    ping: '-',
    pong: '-',
    error: '-',
    malformed: '-',
    lost: '-',
    timeout: '-',
    silent: '-',
    heartbeat: '-',
    retry: '-',
    overflow: '-',
    drained: '-',
    token_failed: 'closed: end',
    close: 'closed: end',
  },
  connecting: {
    start: '-',
    opened: 'greeting 2',
    upgrade_failed: 'probing 2: probe',
    rejected: 'waiting 3: retry/refused',
    unexplained: '-',
    hello: '-',
    ready: '-',
    event: '-',
    ping: '-',
    pong: '-',
    error: '-',
    malformed: '-',
    lost: '-',
    timeout: 'waiting 3: drop! retry/disconnected',
    silent: '-',
    heartbeat: '-',
    retry: '-',
    overflow: 'parked: drop park',
    drained: '-',
    token_failed: 'closed: drop end',
    close: 'closed: drop end',
  },
  greeting: {
    start: '-',
    opened: '-',
    upgrade_failed: '-',
    rejected: '-',
    unexplained: '-',
    hello: 'identifying 2: identify',
    ready: 'waiting 3: complain drop retry/disconnected',
    event: 'waiting 3: complain drop retry/disconnected',
    ping: 'greeting 2: pong',
    pong: '-',
    error: 'waiting 3: drop retry/refused',
    malformed: 'waiting 3: complain drop retry/disconnected',
    lost: 'waiting 3: retry/disconnected',
    timeout: 'waiting 3: drop! retry/disconnected',
    silent: '-',
    heartbeat: '-',
    retry: '-',
    overflow: 'parked: drop park',
    drained: '-',
    token_failed: 'closed: drop end',
    close: 'closed: drop end',
  },
  identifying: {
    start: '-',
    opened: '-',
    upgrade_failed: '-',
    rejected: '-',
    unexplained: '-',
    hello: 'waiting 3: complain drop retry/disconnected',
    ready: 'live: attach',
    event: 'waiting 3: complain drop retry/disconnected',
    ping: 'identifying 2: pong',
    pong: '-',
    error: 'waiting 3: drop retry/refused',
    malformed: 'waiting 3: complain drop retry/disconnected',
    lost: 'waiting 3: retry/disconnected',
    timeout: 'waiting 3: drop! retry/disconnected',
    silent: '-',
    heartbeat: '-',
    retry: '-',
    overflow: 'parked: drop park',
    drained: '-',
    token_failed: 'closed: drop end',
    close: 'closed: drop end',
  },
  live: {
    start: '-',
    opened: '-',
    upgrade_failed: '-',
    rejected: '-',
    unexplained: '-',
    hello: 'waiting 1: complain drop retry/disconnected',
    ready: 'waiting 1: complain drop retry/disconnected',
    event: 'live: deliver',
    ping: 'live: pong',
    pong: '-',
    error: 'waiting 1: drop retry/refused',
    malformed: 'waiting 1: complain drop retry/disconnected',
    lost: 'waiting 1: retry/disconnected',
    timeout: '-',
    silent: 'waiting 1: drop! retry/disconnected',
    heartbeat: 'live: ping',
    retry: '-',
    overflow: 'parked: drop park',
    drained: '-',
    token_failed: 'closed: drop end',
    close: 'closed: drop end',
  },
  probing: {
    start: '-',
    opened: '-',
    upgrade_failed: '-',
    rejected: 'waiting 3: retry/refused',
    unexplained: 'waiting 3: retry/disconnected',
    hello: '-',
    ready: '-',
    event: '-',
    ping: '-',
    pong: '-',
    error: '-',
    malformed: '-',
    lost: '-',
    timeout: '-',
    silent: '-',
    heartbeat: '-',
    retry: '-',
    overflow: 'parked: park',
    drained: '-',
    token_failed: 'closed: end',
    close: 'closed: end',
  },
  waiting: {
    start: '-',
    opened: '-',
    upgrade_failed: '-',
    rejected: '-',
    unexplained: '-',
    hello: '-',
    ready: '-',
    event: '-',
    ping: '-',
    pong: '-',
    error: '-',
    malformed: '-',
    lost: '-',
    timeout: '-',
    silent: '-',
    heartbeat: '-',
    retry: 'connecting 2: connect',
    overflow: 'parked: park',
    drained: '-',
    token_failed: 'closed: end',
    close: 'closed: end',
  },
  parked: {
    start: '-',
    opened: '-',
    upgrade_failed: '-',
    rejected: '-',
    unexplained: '-',
    hello: '-',
    ready: '-',
    event: '-',
    ping: '-',
    pong: '-',
    error: '-',
    malformed: '-',
    lost: '-',
    timeout: '-',
    silent: '-',
    heartbeat: '-',
    retry: '-',
    overflow: '-',
    drained: 'connecting 0: connect',
    token_failed: 'closed: end',
    close: 'closed: end',
  },
  closed: {
    start: '-',
    opened: '-',
    upgrade_failed: '-',
    rejected: '-',
    unexplained: '-',
    hello: '-',
    ready: '-',
    event: '-',
    ping: '-',
    pong: '-',
    error: '-',
    malformed: '-',
    lost: '-',
    timeout: '-',
    silent: '-',
    heartbeat: '-',
    retry: '-',
    overflow: '-',
    drained: '-',
    token_failed: '-',
    close: '-',
  },
}

function describeStep(state: AttachmentState, input: AttachmentInput): string {
  const step = transition(state, input)
  if (step.state === state && step.actions.length === 0) return '-'
  const actions = step.actions.map((action) => {
    if (action.do === 'retry') return `retry/${action.loss.type}`
    return action.do === 'drop' && action.abrupt ? 'drop!' : action.do
  })
  const head = 'failures' in step.state ? `${step.state.kind} ${step.state.failures}` : step.state.kind
  return actions.length === 0 ? head : `${head}: ${actions.join(' ')}`
}

describe('every state × every input', () => {
  for (const state of Object.values(STATES)) {
    test(state.kind, () => {
      const row = Object.values(INPUTS).map((input) => [input.type, describeStep(state, input)])
      expect(Object.fromEntries(row)).toEqual(TABLE[state.kind])
    })
  }
})

describe('an ERROR frame', () => {
  type Answer = 'ends' | 'retries' | 'taken over'
  const cases: [code: string | undefined, retryable: boolean | undefined, before: Answer, live: Answer][] = [
    // v1 servers send a text only.
    [undefined, undefined, 'retries', 'retries'],
    ['unauthorized', undefined, 'ends', 'ends'],
    ['forbidden', false, 'ends', 'ends'],
    ['agent_removed', false, 'ends', 'ends'],
    ['forbidden', true, 'retries', 'retries'],
    ['bad_request', false, 'ends', 'retries'],
    ['unprocessable_entity', false, 'ends', 'retries'],
    ['not_found', false, 'ends', 'retries'],
    // Another attachment of the agent, which may go away.
    ['conflict', false, 'retries', 'retries'],
    ['protocol_error', false, 'retries', 'retries'],
    ['timeout', true, 'retries', 'retries'],
    ['service_unavailable', true, 'retries', 'retries'],
    ['code_of_a_later_version', false, 'retries', 'retries'],
    ['taken_over', false, 'taken over', 'taken over'],
  ]
  const answerOf = (state: AttachmentState, input: AttachmentInput): Answer => {
    const step = transition(state, input)
    const last = step.actions.at(-1)
    if (last?.do === 'end') return 'ends'
    return last?.do === 'retry' && last.loss.type === 'taken_over' ? 'taken over' : 'retries'
  }
  for (const [code, retryable, before, live] of cases) {
    test(`with code ${code}, retryable ${retryable}: ${before} before READY, ${live} after`, () => {
      const input: AttachmentInput = { type: 'error', error: 'no', code, retryable }
      expect(answerOf(STATES.identifying, input)).toBe(before)
      expect(answerOf(STATES.live, input)).toBe(live)
    })
  }
})

test('a permanent rejection of the upgrade ends the attachment', () => {
  const rejection = { error: 'unknown token', code: 'unauthorized', permanent: true }
  const step = transition(STATES.probing, { type: 'rejected', rejection })
  expect(step).toEqual({
    state: { kind: 'closed' },
    actions: [{ do: 'refuse', error: 'unknown token', code: 'unauthorized' }, { do: 'end' }],
  })
})

test('a loss tells how often it failed since READY, so that READY resets the wait', () => {
  const lost = INPUTS.lost
  expect(transition(STATES.identifying, lost).actions).toContainEqual(
    expect.objectContaining({ do: 'retry', failures: 3 }),
  )
  expect(transition(STATES.live, lost).actions).toContainEqual(
    expect.objectContaining({ do: 'retry', failures: 1 }),
  )
})

test('a failure to keep the token is thrown to the consumer', () => {
  const { actions } = transition(STATES.live, INPUTS.token_failed)
  expect(actions.at(-1)).toEqual({ do: 'end', failure: { error: INPUTS.token_failed.error } })
})
