import { describe, expect, test } from 'bun:test'
import type { UnreadableEvent } from '../src/index.ts'
import { attach, attachDurable, attachV1, CONSUMER, reattach } from './support/attached.ts'
import { DURABLE, messageCreated, Peer, type PeerConnection, within } from './support/peer.ts'

/** Everything that the client sent before has arrived. */
async function settled(connection: PeerConnection): Promise<void> {
  connection.send({ op: 'PING' })
  await connection.expect('PONG')
}

describe('a durable consumer', () => {
  test('gets events in order and ACKs them in any', async () => {
    await using peer = new Peer()
    const { client, connection } = await attachDurable(peer)
    connection.event('evt_1', { redelivered: true, attempt: 2 })
    connection.event('evt_2')
    const first = await client.expect('event')
    const second = await client.expect('event')
    expect(first.frame).toMatchObject({ cursor: 'evt_1', redelivered: true, attempt: 2 })
    second.ack()
    first.ack()
    expect((await connection.expect('ACK')).cursor).toBe('evt_2')
    expect((await connection.expect('ACK')).cursor).toBe('evt_1')
    await client.attachment.close()
  })

  test('answers an event once', async () => {
    await using peer = new Peer()
    const { client, connection } = await attachDurable(peer)
    connection.event('evt_1')
    const item = await client.expect('event')
    item.nack({ reason: 'busy' })
    item.ack()
    item.nack({ reason: 'failed' })
    expect(item.status('turn_ended')).toBe(false)
    expect(await connection.expect('NACK')).toMatchObject({ cursor: 'evt_1', reason: 'busy' })
    await settled(connection)
    await client.attachment.close()
  })

  test('sends NACK and STATUS with all that is known', async () => {
    await using peer = new Peer()
    const { client, connection } = await attachDurable(peer)
    connection.event('evt_1')
    const item = await client.expect('event')
    expect(item.status('turn_started')).toBe(true)
    item.status('turn_ended', { exit_code: 75 })
    item.nack({ reason: 'unavailable', error: 'not logged in', retryAfterMs: 1_500.4 })
    const version = 'moltnet.attach.v1'
    expect(await connection.expect('STATUS')).toEqual({
      op: 'STATUS',
      version,
      cursor: 'evt_1',
      state: 'turn_started',
    })
    expect(await connection.expect('STATUS')).toMatchObject({
      state: 'turn_ended',
      detail: { exit_code: 75 },
    })
    expect(await connection.expect('NACK')).toEqual({
      op: 'NACK',
      version,
      cursor: 'evt_1',
      reason: 'unavailable',
      error: 'not logged in',
      retry_after_ms: 1_500,
    })
    await client.attachment.close()
  })

  test('hands a NACKed event out again when the server sends it again on the same connection', async () => {
    await using peer = new Peer()
    const { client, connection } = await attachDurable(peer)
    connection.event('evt_1')
    ;(await client.expect('event')).nack({ reason: 'failed', error: 'x'.repeat(2_000_000) })
    expect((await connection.expect('NACK')).error?.length).toBeLessThan(10_000)
    connection.event('evt_1', { redelivered: true, attempt: 2 })
    const again = await client.expect('event')
    expect(again.frame.attempt).toBe(2)
    again.ack()
    await connection.expect('ACK')
    await client.attachment.close()
  })

  test('keeps an ACK given without a connection for the next READY', async () => {
    await using peer = new Peer()
    const { client, connection } = await attachDurable(peer)
    connection.event('evt_1')
    const item = await client.expect('event')
    connection.cut()
    await client.expect('disconnected')
    item.ack()
    const next = await peer.accept()
    const identify = await next.handshake(DURABLE)
    expect(identify.cursor).toBeUndefined()
    expect((await next.expect('ACK')).cursor).toBe('evt_1')
    await client.attachment.close()
  })

  test('ACKs again, and does not hand out again, an event whose ACK was lost', async () => {
    await using peer = new Peer()
    const { client, connection } = await attachDurable(peer)
    connection.event('evt_1')
    ;(await client.expect('event')).ack()
    await connection.expect('ACK')
    connection.cut()
    const next = await reattach(peer, client, DURABLE)
    next.connection.event('evt_1', { redelivered: true })
    expect((await next.connection.expect('ACK')).cursor).toBe('evt_1')
    next.connection.event('evt_2')
    expect((await client.expect('event')).frame.cursor).toBe('evt_2')
    await client.attachment.close()
  })

  test('hands out again an event whose turn still runs; an answer to either item counts, once', async () => {
    await using peer = new Peer()
    const { client, connection } = await attachDurable(peer)
    connection.event('evt_1')
    const before = await client.expect('event')
    connection.cut()
    const next = await reattach(peer, client, DURABLE)
    next.connection.event('evt_1', { redelivered: true })
    const after = await client.expect('event')
    before.status('turn_started')
    before.ack()
    after.ack()
    after.nack({ reason: 'failed' })
    expect((await next.connection.expect('STATUS')).cursor).toBe('evt_1')
    expect((await next.connection.expect('ACK')).cursor).toBe('evt_1')
    await settled(next.connection)
    await client.attachment.close()
  })

  test('ignores NACK and STATUS for events of an earlier connection', async () => {
    await using peer = new Peer()
    const { client, connection } = await attachDurable(peer)
    connection.event('evt_1')
    connection.event('evt_2')
    const [first, second] = [await client.expect('event'), await client.expect('event')]
    connection.cut()
    await client.expect('disconnected')
    first.nack({ reason: 'failed' })
    const next = await peer.accept()
    await next.handshake(DURABLE)
    await client.expect('ready')
    second.status('turn_ended')
    second.nack({ reason: 'failed' })
    await settled(next)
    next.event('evt_1', { redelivered: true })
    expect((await client.expect('event')).frame.cursor).toBe('evt_1')
    await client.attachment.close()
  })

  test('takes back events that nobody has taken when the connection ends', async () => {
    await using peer = new Peer()
    const { client, connection } = await attachDurable(peer)
    connection.event('evt_1')
    await settled(connection)
    connection.cut()
    const next = await peer.accept()
    await next.handshake(DURABLE)
    await client.expect('disconnected')
    await client.expect('ready')
    next.event('evt_1')
    expect((await client.expect('event')).frame.cursor).toBe('evt_1')
    await client.attachment.close()
  })

  test('is a v1 attachment on a server that knows none, and durable again later', async () => {
    await using peer = new Peer()
    await using client = attach(peer, { consumer: CONSUMER, cursor: 'evt_0' })
    const first = await peer.accept()
    expect(await first.handshake()).toMatchObject({ cursor: 'evt_0', consumer: { durable: true } })
    await client.expect('ready')
    first.event('evt_1')
    const item = await client.expect('event')
    item.status('turn_started')
    first.close(1012)
    const { connection, identify } = await reattach(peer, client, DURABLE)
    expect(identify.cursor).toBe('evt_0')
    item.ack()
    await settled(connection)
    connection.cut()
    expect((await reattach(peer, client, DURABLE)).identify.cursor).toBeUndefined()
  })
})

describe('a v1 attachment', () => {
  test('resumes at the end of the unbroken run of ACKs, over several connections', async () => {
    await using peer = new Peer()
    const { client, connection } = await attachV1(peer, { cursor: 'evt_0' })
    for (const id of ['evt_1', 'evt_2', 'evt_3']) connection.event(id)
    const items = [await client.expect('event'), await client.expect('event'), await client.expect('event')]
    items[0]?.ack()
    items[2]?.ack()
    await connection.expect('ACK')
    await connection.expect('ACK')
    expect(client.attachment.cursor).toBe('evt_1')
    connection.cut()
    const second = await reattach(peer, client)
    expect(second.identify.cursor).toBe('evt_1')

    // evt_2 comes again to be handed out, evt_3 only to be ACKed on this connection.
    second.connection.event('evt_2')
    second.connection.event('evt_3')
    expect((await second.connection.expect('ACK')).cursor).toBe('evt_3')
    ;(await client.expect('event')).ack()
    expect((await second.connection.expect('ACK')).cursor).toBe('evt_2')
    expect(client.attachment.cursor).toBe('evt_3')
    second.connection.cut()
    expect((await reattach(peer, client)).identify.cursor).toBe('evt_3')
    await client.attachment.close()
  })

  test('counts an ACK given without a connection and sends it when the event comes again', async () => {
    await using peer = new Peer()
    const { client, connection } = await attachV1(peer, { cursor: 'evt_0' })
    connection.event('evt_1')
    connection.event('evt_2')
    const [first, second] = [await client.expect('event'), await client.expect('event')]
    connection.cut()
    await client.expect('disconnected')
    second.ack()
    const next = await peer.accept()
    expect((await next.handshake()).cursor).toBe('evt_0')
    await client.expect('ready')
    first.ack()
    await settled(next)
    next.event('evt_3')
    await client.expect('event')
    expect(client.attachment.cursor).toBe('evt_2')
    await client.attachment.close()
  })

  test('without any position resumes after the first event it got, which it still holds', async () => {
    await using peer = new Peer()
    const { client, connection } = await attachV1(peer)
    connection.event('evt_1')
    const item = await client.expect('event')
    connection.event('evt_2')
    await settled(connection)
    connection.cut()
    expect((await client.expect('event')).frame.cursor).toBe('evt_2')
    const next = await reattach(peer, client)
    expect(next.identify.cursor).toBe('evt_1')
    expect(client.attachment.cursor).toBeUndefined()
    item.ack()
    await settled(next.connection)
    expect(client.attachment.cursor).toBe('evt_1')
    await client.attachment.close()
  })

  test('keeps events that nobody has taken over a reconnect and knows their replays', async () => {
    await using peer = new Peer()
    const { client, connection } = await attachV1(peer, { cursor: 'evt_0' })
    connection.event('evt_1')
    await settled(connection)
    connection.cut()
    const next = await peer.accept()
    await next.handshake()
    next.event('evt_1')
    next.event('evt_2')
    await settled(next)
    const kept = await client.expect('event')
    expect(kept.frame.cursor).toBe('evt_1')
    kept.ack()
    expect((await next.expect('ACK')).cursor).toBe('evt_1')
    await client.expect('disconnected')
    await client.expect('ready')
    expect((await client.expect('event')).frame.cursor).toBe('evt_2')
    await client.attachment.close()
  })

  test('hands a NACKed event out again by itself, un-ACKed and without a reconnect', async () => {
    await using peer = new Peer()
    const { client, connection } = await attachV1(peer, { cursor: 'evt_0' })
    connection.event('evt_1')
    const first = await client.expect('event')
    first.status('turn_started')
    first.nack({ reason: 'failed', retryAfterMs: 1 })
    const second = await client.expect('event')
    expect(second.frame).toMatchObject({ cursor: 'evt_1', redelivered: true, attempt: 2 })
    second.nack({ reason: 'busy', retryAfterMs: 1 })
    const third = await client.expect('event')
    expect(third.frame.attempt).toBe(2)
    expect(client.attachment.cursor).toBe('evt_0')
    third.ack()
    expect((await connection.expect('ACK')).cursor).toBe('evt_1')
    await settled(connection)
    expect(peer.upgrades).toBe(1)
    await client.attachment.close()
  })

  test('does not hand out a replay while a NACKed event waits here', async () => {
    await using peer = new Peer()
    const { client, connection } = await attachV1(peer, { cursor: 'evt_0' })
    connection.event('evt_1')
    ;(await client.expect('event')).nack({ reason: 'failed', retryAfterMs: 60_000 })
    connection.cut()
    const next = await reattach(peer, client)
    expect(next.identify.cursor).toBe('evt_0')
    next.connection.event('evt_1')
    next.connection.event('evt_2')
    expect((await client.expect('event')).frame.cursor).toBe('evt_2')
    await client.attachment.close()
  })

  test('passes a replay gap through as an event to be ACKed', async () => {
    await using peer = new Peer()
    const { client, connection } = await attachV1(peer, { cursor: 'evt_gone' })
    const event = {
      id: 'evt_gap_1',
      type: 'stream.replay_gap',
      network_id: 'net',
      created_at: '2026-04-01T09:00:00Z',
      replay_gap: { requested_event_id: 'evt_gone', oldest_event_id: 'evt_5', newest_event_id: 'evt_9' },
    }
    connection.send({ op: 'EVENT', network_id: 'net', cursor: 'evt_gap_1', event })
    const item = await client.expect('event')
    expect(item.frame.event).toMatchObject({ type: 'stream.replay_gap', replay_gap: event.replay_gap })
    item.ack()
    expect((await connection.expect('ACK')).cursor).toBe('evt_gap_1')
    expect(client.attachment.cursor).toBe('evt_gap_1')
    await client.attachment.close()
  })
})

describe('an event that cannot be read', () => {
  const later = { ...messageCreated('evt_1'), type: 'message.reaction' }
  const broken = { ...messageCreated('evt_1'), message: { id: 'msg_1' } }

  test('of an unknown type is ACKed, told and passed over', async () => {
    await using peer = new Peer()
    const told: UnreadableEvent[] = []
    const { client, connection } = await attachDurable(peer, { onUnreadable: (event) => told.push(event) })
    connection.event('evt_1', { event: later })
    expect((await connection.expect('ACK')).cursor).toBe('evt_1')
    connection.event('evt_2')
    expect((await client.expect('event')).frame.cursor).toBe('evt_2')
    expect(told).toEqual([{ cursor: 'evt_1', known: false, reason: 'unknown event type "message.reaction"' }])
    await client.attachment.close()
  })

  test('of a known type is NACKed by a durable consumer', async () => {
    await using peer = new Peer()
    const told: UnreadableEvent[] = []
    const { client, connection } = await attachDurable(peer, { onUnreadable: (event) => told.push(event) })
    connection.event('evt_1', { event: broken })
    expect(await connection.expect('NACK')).toMatchObject({ cursor: 'evt_1', reason: 'failed' })
    expect(told).toMatchObject([{ cursor: 'evt_1', known: true }])
    await client.attachment.close()
  })

  test('of a known type is ACKed by a v1 attachment, which could not get past it', async () => {
    await using peer = new Peer()
    const { client, connection } = await attachV1(peer)
    connection.event('evt_1', { event: broken })
    expect((await connection.expect('ACK')).cursor).toBe('evt_1')
    await client.attachment.close()
  })
})

describe('a consumer that is too slow', () => {
  test('parks the attachment and loses nothing', async () => {
    await using peer = new Peer()
    const { client, connection } = await attachV1(peer, { cursor: 'evt_0' })
    const total = 2_500
    const ids = Array.from({ length: total }, (_, i) => `evt_${i + 1}`)
    const serve = async (to: PeerConnection, from: number) => {
      for (const id of ids.slice(from)) to.event(id)
      await within(to.closed, 'the close')
    }
    const first = serve(connection, 0)
    await first
    const seen: string[] = []
    let parked = 0
    const rest = (async () => {
      for (;;) {
        const next = await peer.accept()
        const { cursor } = await next.handshake()
        void serve(next, ids.indexOf(String(cursor)) + 1).catch(() => undefined)
      }
    })().catch(() => undefined)
    while (seen.length < total) {
      const item = await client.next()
      if (item?.type === 'disconnected') {
        expect(item).toMatchObject({ retryInMs: 0, reason: expect.stringContaining('too far behind') })
        parked += 1
      }
      if (item?.type !== 'event') continue
      seen.push(item.frame.cursor)
      item.ack()
    }
    expect(seen).toEqual(ids)
    expect(parked).toBeGreaterThanOrEqual(1)
    await client.attachment.close()
    void rest
  })
})
