import { describe, expect, test } from 'bun:test'
import { ErrorFrame, HelloFrame, PingFrame, PongFrame, ReadyFrame } from '@moltnet/protocol'
import type { NetworkId } from '@moltnet/protocol'
import { errorFrame, HELLO, parseFrame, PING, PONG, readyFrame } from '../../src/attach/frames.ts'

const version = 'moltnet.attach.v1'

describe('frames of a client', () => {
  /** What each text says; null: it is malformed. */
  const ACKS: Record<string, [text: string, cursor: string | null]> = {
    'as most clients write it': [
      `{"op":"ACK","version":"${version}","cursor":"evt_0a0b0c0d.12"}`,
      'evt_0a0b0c0d.12',
    ],
    'without a version': ['{"op":"ACK","cursor":"evt_0a0b0c0d.12"}', 'evt_0a0b0c0d.12'],
    'with its keys in another order': [`{"cursor":"evt_1","version":"${version}","op":"ACK"}`, 'evt_1'],
    'with spaces': [`{ "op": "ACK", "cursor": "evt_1" }`, 'evt_1'],
    'with an escape in its cursor': [`{"op":"ACK","version":"${version}","cursor":"evt\\u005f1"}`, 'evt_1'],
    'with a second cursor, of which the last counts': [
      `{"op":"ACK","version":"${version}","cursor":"evt_1","cursor":"evt_2"}`,
      'evt_2',
    ],
    'with another version': ['{"op":"ACK","version":"moltnet.attach.v2","cursor":"evt_1"}', null],
    'without a cursor': [`{"op":"ACK","version":"${version}"}`, null],
    'cut short': [`{"op":"ACK","version":"${version}","cursor":"evt_1"`, null],
  }
  for (const [name, [text, expected]] of Object.entries(ACKS)) {
    test(`an ACK ${name}`, () => {
      const frame = parseFrame(text)
      if (expected === null) expect(frame.op).toBe('malformed')
      else expect(frame).toMatchObject({ op: 'ACK', cursor: expected })
    })
  }

  const MALFORMED: Record<string, string> = {
    'no JSON': 'hello',
    'an array': '[]',
    null: 'null',
    'no version': '{"op":"PING"}',
    'an unknown op': `{"op":"HELLO","version":"${version}"}`,
    'no op': `{"version":"${version}"}`,
    'a wrong type': `{"op":"NACK","version":"${version}","cursor":1,"reason":"failed"}`,
    'an unknown reason': `{"op":"NACK","version":"${version}","cursor":"evt_1","reason":"bored"}`,
    'a NUL character': `{"op":"ACK","cursor":"a\\u0000"}`,
    'too much nesting': `{"op":"ACK","cursor":${'['.repeat(100)}${']'.repeat(100)}}`,
  }
  for (const [name, text] of Object.entries(MALFORMED)) {
    test(`${name} is malformed, and the fault says something`, () => {
      const frame = parseFrame(text)
      expect(frame.op).toBe('malformed')
      expect('fault' in frame && frame.fault.length > 5).toBe(true)
    })
  }

  test('a PONG needs no version', () => {
    expect(parseFrame('{"op":"PONG"}').op).toBe('PONG')
  })
})

describe('frames of the server', () => {
  test('are what the protocol says', () => {
    expect(HelloFrame.parse(JSON.parse(HELLO)).heartbeat_interval_ms).toBe(5_000)
    PingFrame.parse(JSON.parse(PING))
    PongFrame.parse(JSON.parse(PONG))
    ReadyFrame.parse(JSON.parse(readyFrame({ network_id: 'net' as NetworkId, agent_id: 'alpha' })))
  })

  test('an ERROR says whether trying again can help', () => {
    const frame = (text: string) => ErrorFrame.parse(JSON.parse(text))
    expect(frame(errorFrame('timeout', 'too slow'))).toMatchObject({ code: 'timeout', retryable: true })
    expect(frame(errorFrame('conflict', 'taken'))).toMatchObject({ error: 'taken', retryable: false })
    expect(frame(errorFrame('conflict', 'attached', true)).retryable).toBe(true)
  })
})
