import { describe, expect, test } from 'bun:test'
import { backoffMs, isEnded, NEW_WAKE, wakeTransition } from '../../src/eventlog/wake-machine.ts'
import type {
  WakeEvent,
  WakeEventType,
  WakeOutcome,
  WakeState,
  WakeStatus,
} from '../../src/eventlog/wake-machine.ts'

const POLICY = { maxAttempts: 3, now: 1_000_000 }

const EVENTS: { readonly [T in WakeEventType]: Extract<WakeEvent, { type: T }> } = {
  send: { type: 'send' },
  hold: { type: 'hold' },
  delay: { type: 'delay' },
  approve: { type: 'approve' },
  dismiss: { type: 'dismiss' },
  retry: { type: 'retry' },
  ack: { type: 'ack' },
  nack: { type: 'nack', reason: 'failed', error: 'exit 1', retryAfterMs: undefined },
  turn_started: { type: 'turn_started' },
  turn_ended: { type: 'turn_ended' },
  socket_lost: { type: 'socket_lost' },
  server_lost: { type: 'server_lost' },
  due: { type: 'due' },
  expire: { type: 'expire' },
  withdraw: { type: 'withdraw', error: 'no longer a member' },
  unsubscribe: { type: 'unsubscribe' },
  abandon: { type: 'abandon' },
}

/** What each event makes of a wake that was sent once, by its state before. `-` ignored, `!` invalid. */
const TABLE: { readonly [S in WakeState]: { readonly [T in WakeEventType]: WakeState | '-' | '!' } } = {
  pending: {
    send: 'sent',
    hold: 'held',
    delay: 'pending',
    approve: '!',
    dismiss: '!',
    retry: '!',
    ack: 'done',
    nack: '-',
    turn_started: '-',
    turn_ended: '-',
    socket_lost: '-',
    server_lost: '-',
    due: '-',
    expire: 'expired',
    withdraw: 'dead',
    unsubscribe: 'dismissed',
    abandon: 'expired',
  },
  held: {
    send: '!',
    hold: '!',
    delay: '!',
    approve: 'pending',
    dismiss: 'dismissed',
    retry: '!',
    ack: 'done',
    nack: '-',
    turn_started: '-',
    turn_ended: '-',
    socket_lost: '-',
    server_lost: '-',
    due: '-',
    expire: '-',
    withdraw: 'dead',
    unsubscribe: 'dismissed',
    abandon: 'expired',
  },
  sent: {
    send: '!',
    hold: '!',
    delay: '!',
    approve: '!',
    dismiss: '!',
    retry: '!',
    ack: 'done',
    nack: 'backoff',
    turn_started: 'sent',
    turn_ended: 'sent',
    socket_lost: 'pending',
    server_lost: 'pending',
    due: '-',
    expire: '-',
    withdraw: '-',
    unsubscribe: 'dismissed',
    abandon: 'expired',
  },
  backoff: {
    send: '!',
    hold: '!',
    delay: '!',
    approve: '!',
    dismiss: '!',
    retry: 'pending',
    ack: 'done',
    nack: '-',
    turn_started: '-',
    turn_ended: '-',
    socket_lost: '-',
    server_lost: '-',
    due: 'pending',
    expire: '-',
    withdraw: 'dead',
    unsubscribe: 'dismissed',
    abandon: 'expired',
  },
  done: ended('!'),
  dead: ended('pending'),
  expired: ended('pending'),
  dismissed: ended('pending'),
}

function ended(retry: 'pending' | '!'): (typeof TABLE)[WakeState] {
  return {
    send: '!',
    hold: '!',
    delay: '!',
    approve: '!',
    dismiss: '!',
    retry,
    ack: '-',
    nack: '-',
    turn_started: '-',
    turn_ended: '-',
    socket_lost: '-',
    server_lost: '-',
    due: '-',
    expire: '-',
    withdraw: '-',
    unsubscribe: '-',
    abandon: '-',
  }
}

function wake(state: WakeState, change: Partial<WakeStatus> = {}): WakeStatus {
  return { ...NEW_WAKE, sends: 1, dueAt: state === 'backoff' ? POLICY.now : 0, ...change, state }
}

function shown(outcome: WakeOutcome): WakeState | '-' | '!' {
  if (outcome === 'ignored') return '-'
  return outcome === 'invalid' ? '!' : outcome.state
}

function status(outcome: WakeOutcome): WakeStatus {
  if (typeof outcome === 'string') throw new Error(`expected a status, got ${outcome}`)
  return outcome
}

describe('every state meets every event', () => {
  for (const [state, row] of Object.entries(TABLE) as Array<[WakeState, (typeof TABLE)[WakeState]]>) {
    for (const [type, expected] of Object.entries(row) as Array<[WakeEventType, string]>) {
      test(`${state} × ${type} → ${expected}`, () => {
        const before = wake(state)
        const frozen = Object.freeze({ ...before })
        expect(shown(wakeTransition(frozen, EVENTS[type], POLICY))).toBe(expected as WakeState)
      })
    }
  }

  test('only a backoff has a time, and only a sent wake a turn', () => {
    for (const state of Object.keys(TABLE) as WakeState[]) {
      for (const event of Object.values(EVENTS)) {
        const after = wakeTransition(wake(state, { turnStarted: state === 'sent' }), event, POLICY)
        if (typeof after === 'string') continue
        expect(after.dueAt > 0).toBe(after.state === 'backoff')
        if (after.turnStarted) expect(after.state).toBe('sent')
      }
    }
  })
})

describe('frames about a wake that was never sent, as far as is known', () => {
  for (const state of ['pending', 'held'] as const) {
    for (const type of ['nack', 'turn_started', 'turn_ended'] as const) {
      test(`${state} × ${type} is invalid`, () => {
        expect(wakeTransition(wake(state, { sends: 0 }), EVENTS[type], POLICY)).toBe('invalid')
      })
    }
  }

  test('an ACK ends a pending one: it was sent before a crash', () => {
    expect(wakeTransition(wake('pending', { sends: 0 }), EVENTS.ack, POLICY)).toMatchObject({ state: 'done' })
  })

  test('an ACK does not get around an approval', () => {
    expect(wakeTransition(wake('held', { sends: 0 }), EVENTS.ack, POLICY)).toBe('invalid')
  })
})

describe('attempts', () => {
  for (const reason of ['failed', 'timeout'] as const) {
    test(`a NACK with ${reason} counts, and the last allowed one is the end`, () => {
      const event: WakeEvent = { type: 'nack', reason, error: 'exit 1', retryAfterMs: undefined }
      const first = status(wakeTransition(wake('sent'), event, POLICY))
      expect(first).toMatchObject({ state: 'backoff', attempts: 1, error: 'exit 1' })
      const last = status(wakeTransition(wake('sent', { attempts: 2 }), event, POLICY))
      expect(last).toMatchObject({ state: 'dead', attempts: 3, dueAt: 0 })
    })
  }

  for (const reason of ['unavailable', 'busy'] as const) {
    test(`a NACK with ${reason} never counts, however often it comes`, () => {
      const event: WakeEvent = { type: 'nack', reason, error: undefined, retryAfterMs: undefined }
      let current = wake('sent', { attempts: 2 })
      for (let n = 0; n < 50; n++) {
        current = status(wakeTransition(current, event, POLICY))
        expect(current).toMatchObject({ state: 'backoff', attempts: 2, error: reason })
        current = status(wakeTransition(current, { type: 'due' }, POLICY))
        current = status(wakeTransition(current, { type: 'send' }, POLICY))
      }
    })
  }

  test('a lost socket counts only when a turn had started', () => {
    expect(wakeTransition(wake('sent'), { type: 'socket_lost' }, POLICY)).toMatchObject({
      state: 'pending',
      attempts: 0,
    })
    const started = status(wakeTransition(wake('sent'), { type: 'turn_started' }, POLICY))
    expect(wakeTransition(started, { type: 'socket_lost' }, POLICY)).toMatchObject({
      state: 'pending',
      attempts: 1,
      turnStarted: false,
    })
    const last = { ...started, attempts: 2 }
    expect(wakeTransition(last, { type: 'socket_lost' }, POLICY)).toMatchObject({
      state: 'dead',
      attempts: 3,
    })
  })

  test('a turn counts once: after it was sent again the earlier turn is forgotten', () => {
    let current = status(wakeTransition(wake('sent'), { type: 'turn_started' }, POLICY))
    current = status(wakeTransition(current, { type: 'socket_lost' }, POLICY))
    current = status(wakeTransition(current, { type: 'send' }, POLICY))
    current = status(wakeTransition(current, { type: 'socket_lost' }, POLICY))
    expect(current).toMatchObject({ state: 'pending', attempts: 1, sends: 2 })
  })

  test('a server that stops never counts against the node', () => {
    const started = wake('sent', { attempts: 2, turnStarted: true })
    expect(wakeTransition(started, { type: 'server_lost' }, POLICY)).toMatchObject({
      state: 'pending',
      attempts: 2,
    })
  })

  test('an operator’s retry starts counting from nothing but stays a redelivery', () => {
    const dead = wake('dead', { attempts: 3, retries: 3, sends: 4, error: 'exit 1' })
    expect(wakeTransition(dead, { type: 'retry' }, POLICY)).toEqual({ ...NEW_WAKE, sends: 4 })
  })
})

describe('backoff', () => {
  test('waits 1 s, doubling up to 5 minutes', () => {
    const waits = Array.from({ length: 12 }, (_, index) => backoffMs(index + 1) / 1_000)
    expect(waits).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300])
    expect(backoffMs(1_000_000)).toBe(300_000)
  })

  test('follows the node’s wish within the same bounds', () => {
    const wish = (retryAfterMs: number) =>
      status(
        wakeTransition(
          wake('sent', { retries: 4 }),
          { type: 'nack', reason: 'busy', error: undefined, retryAfterMs },
          POLICY,
        ),
      ).dueAt - POLICY.now
    expect(wish(5_000)).toBe(5_000)
    expect(wish(0)).toBe(1_000)
    expect(wish(86_400_000)).toBe(300_000)
  })
})

test('what ended is told apart from what is open', () => {
  const endedStates = (Object.keys(TABLE) as WakeState[]).filter(isEnded)
  expect(endedStates.sort()).toEqual(['dead', 'dismissed', 'done', 'expired'])
})
