import { describe, expect, test } from 'bun:test'
import type { ErrorCode } from '@moltnet/protocol'
import { isReady, sessionTransition } from '../../src/attach/session.ts'
import type { SessionAction, SessionInput, SessionPhase } from '../../src/attach/session.ts'

/**
 * What each input does in each phase: `.` nothing, else the next phase and the actions, and the code of
 * the ERROR frame after a slash where the machine knows it.
 */
type Cell = '.' | `${SessionPhase} ${string}`

type Table = { readonly [P in SessionPhase]: { readonly [I in SessionInput]: Cell } }

const over: { readonly [I in SessionInput]: Cell } = {
  identify: '.',
  ack: '.',
  nack: '.',
  status: '.',
  ping: '.',
  pong: '.',
  error: '.',
  bad_frame: '.',
  registered: '.',
  registered_durable: '.',
  refused: '.',
  identify_timeout: '.',
  read_timeout: '.',
  stalled: '.',
  credential_expired: '.',
  agent_removed: '.',
  taken_over: '.',
  unknown_cursor: '.',
  failure: '.',
  stop: '.',
  socket_closed: '.',
}

const TABLE: Table = {
  identifying: {
    identify: 'registering register',
    ack: 'closing refuse / protocol_error',
    nack: 'closing refuse / protocol_error',
    status: 'closing refuse / protocol_error',
    ping: 'identifying pong',
    pong: '.',
    error: 'closing close',
    bad_frame: 'closing refuse / protocol_error',
    registered: '.',
    registered_durable: '.',
    refused: 'closing refuse',
    identify_timeout: 'closing refuse / timeout',
    read_timeout: 'closing refuse / timeout',
    stalled: 'closed terminate',
    credential_expired: 'closing refuse / unauthorized',
    agent_removed: 'closing refuse / agent_removed',
    taken_over: 'closing refuse / taken_over',
    unknown_cursor: 'closing refuse / protocol_error',
    failure: 'closing refuse / internal_error',
    stop: 'closing restart',
    socket_closed: 'closed ',
  },
  registering: {
    identify: 'closing refuse / protocol_error',
    ack: 'closing refuse / protocol_error',
    nack: 'closing refuse / protocol_error',
    status: 'closing refuse / protocol_error',
    ping: 'registering pong',
    pong: '.',
    error: 'closing close',
    bad_frame: 'closing refuse / protocol_error',
    registered: 'live ready',
    registered_durable: 'durable ready',
    refused: 'closing refuse',
    identify_timeout: '.',
    read_timeout: 'closing refuse / timeout',
    stalled: 'closed terminate',
    credential_expired: 'closing refuse / unauthorized',
    agent_removed: 'closing refuse / agent_removed',
    taken_over: 'closing refuse / taken_over',
    unknown_cursor: 'closing refuse / protocol_error',
    failure: 'closing refuse / internal_error',
    stop: 'closing restart',
    socket_closed: 'closed ',
  },
  live: {
    identify: 'closing leave refuse / protocol_error',
    ack: 'live ack',
    nack: 'closing leave refuse / protocol_error',
    status: 'closing leave refuse / protocol_error',
    ping: 'live pong',
    pong: '.',
    error: 'closing leave close',
    bad_frame: 'closing leave refuse / protocol_error',
    registered: '.',
    registered_durable: '.',
    refused: 'closing leave refuse',
    identify_timeout: '.',
    read_timeout: 'closing leave refuse / timeout',
    stalled: 'closed leave terminate',
    credential_expired: 'closing leave refuse / unauthorized',
    agent_removed: 'closing leave refuse / agent_removed',
    taken_over: 'closing leave refuse / taken_over',
    unknown_cursor: 'closing leave refuse / protocol_error',
    failure: 'closing leave refuse / internal_error',
    stop: 'closing leave restart',
    socket_closed: 'closed leave',
  },
  durable: {
    identify: 'closing leave refuse / protocol_error',
    ack: 'durable ack',
    nack: 'durable nack',
    status: 'durable status',
    ping: 'durable pong',
    pong: '.',
    error: 'closing leave close',
    bad_frame: 'closing leave refuse / protocol_error',
    registered: '.',
    registered_durable: '.',
    refused: 'closing leave refuse',
    identify_timeout: '.',
    read_timeout: 'closing leave refuse / timeout',
    stalled: 'closed leave terminate',
    credential_expired: 'closing leave refuse / unauthorized',
    agent_removed: 'closing leave refuse / agent_removed',
    taken_over: 'closing leave refuse / taken_over',
    unknown_cursor: 'closing leave refuse / protocol_error',
    failure: 'closing leave refuse / internal_error',
    stop: 'closing leave restart',
    socket_closed: 'closed leave',
  },
  closing: {
    ...over,
    read_timeout: 'closed terminate',
    stalled: 'closed terminate',
    socket_closed: 'closed ',
  },
  closed: over,
}

function parse(phase: SessionPhase, cell: Cell): { next: string; actions: string[]; error?: ErrorCode } {
  if (cell === '.') return { next: phase, actions: [] }
  const [does = '', error] = cell.split(' / ')
  const [next = '', ...actions] = does.split(' ').filter((word) => word !== '')
  return { next, actions, error: error as ErrorCode | undefined }
}

const PHASES = Object.keys(TABLE) as SessionPhase[]
const INPUTS = Object.keys(over) as SessionInput[]

describe('every phase meets every input', () => {
  for (const phase of PHASES) {
    for (const input of INPUTS) {
      const cell = TABLE[phase][input]
      test(`${phase} × ${input} → ${cell}`, () => {
        const { next, actions, error } = sessionTransition(phase, input)
        expect({ next, actions: [...actions], error }).toEqual(parse(phase, cell) as never)
      })
    }
  }
})

describe('what holds for every way through the machine', () => {
  const transitions = PHASES.flatMap((phase) =>
    INPUTS.map((input) => ({ phase, ...sessionTransition(phase, input) })),
  )

  test('a session that was ready leaves exactly when it ends', () => {
    for (const { phase, next, actions } of transitions) {
      expect(actions.includes('leave')).toBe(isReady(phase) && !isReady(next))
    }
  })

  test('a session becomes ready only from a settled registration', () => {
    const ready = transitions.filter(({ phase, next }) => isReady(next) && !isReady(phase))
    expect(ready.map(({ phase }) => phase)).toEqual(['registering', 'registering'])
    for (const { actions } of ready) expect(actions).toEqual(['ready'])
  })

  test('whatever ends a session ends its socket, unless that is gone already', () => {
    const endings: SessionAction[] = ['refuse', 'close', 'restart', 'terminate']
    for (const { phase, next, actions } of transitions) {
      const ends = actions.filter((action) => endings.includes(action))
      const isEnd = next !== phase && (next === 'closing' || next === 'closed')
      expect(ends.length <= 1).toBe(true)
      if (ends.length === 1) expect(isEnd).toBe(true)
      if (next === 'closing' && phase !== 'closing') expect(ends).toHaveLength(1)
    }
  })

  test('there is no way back from the end', () => {
    for (const { phase, next } of transitions) {
      if (phase === 'closed') expect(next).toBe('closed')
      if (phase === 'closing') expect(['closing', 'closed']).toContain(next)
    }
  })
})
