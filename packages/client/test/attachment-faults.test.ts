import { describe, expect, test } from 'bun:test'
import { openAttachment } from '../src/index.ts'
import { attach, attachDurable, attachV1, reattach } from './support/attached.ts'
import { Peer, within } from './support/peer.ts'

const envelope = (status: number, code: string, error: string) =>
  Response.json({ error, code, request_id: 'req_1' }, { status, headers: { 'retry-after': '7' } })

describe('a connection that ends', () => {
  test('by a reset is taken up again', async () => {
    await using peer = new Peer()
    const { client, connection } = await attachV1(peer)
    connection.cut()
    expect(await client.expect('disconnected')).toMatchObject({ code: 1006, retryInMs: 1 })
    await (await peer.accept()).handshake()
    await client.expect('ready')
    await client.attachment.close()
  })

  test.each([1000, 1001, 1011, 1012])('by closing code %d is taken up again', async (code) => {
    await using peer = new Peer()
    const { client, connection } = await attachV1(peer)
    connection.close(code, 'restart')
    expect(await client.expect('disconnected')).toMatchObject({
      code,
      reason: expect.stringContaining('restart'),
    })
    await (await peer.accept()).handshake()
    await client.expect('ready')
    await client.attachment.close()
  })

  test('waits 500 ms at first, doubles, stays within 20 %, and starts anew after READY', async () => {
    await using peer = new Peer()
    peer.refuse = true
    peer.answer = () => new Response('no WebSocket here')
    const waits: number[] = []
    const spread = [0, 0.5, 0.999]
    const client = attach(peer, {
      random: () => spread[waits.length % 3] ?? 0,
      timing: { reconnect: { firstMs: 4, maxMs: 16, jitter: 0.25 } },
    })
    for (let i = 0; i < 4; i++) waits.push((await client.expect('disconnected')).retryInMs)
    expect(waits).toEqual([3, 8, 20, 12])
    peer.refuse = false
    const connection = await peer.accept()
    await connection.handshake()
    expect((await client.expect('ready')).type).toBe('ready')
    connection.cut()
    expect((await client.expect('disconnected')).retryInMs).toBeLessThanOrEqual(5)
    await client.attachment.close()
  })

  test('has the waits of the contract by default', async () => {
    const attachment = openAttachment({
      baseUrl: 'http://127.0.0.1:1',
      networkId: 'net',
      agent: { id: 'alpha' },
      random: () => 0.5,
    })
    const { value } = await attachment[Symbol.asyncIterator]().next()
    expect(value).toMatchObject({ type: 'disconnected', retryInMs: 500 })
    await attachment.close()
  })
})

describe('a connection that is silent', () => {
  test('before HELLO is given up after the handshake limit', async () => {
    await using peer = new Peer()
    await using client = attach(peer, { timing: { handshakeMs: 20 } })
    expect(await client.expect('disconnected')).toMatchObject({ reason: expect.stringContaining('HELLO') })
  })

  test('before READY is given up after the handshake limit', async () => {
    await using peer = new Peer()
    await using client = attach(peer, { timing: { handshakeMs: 20 } })
    const connection = await peer.accept()
    connection.hello()
    expect(await client.expect('disconnected')).toMatchObject({ reason: expect.stringContaining('READY') })
  })

  test('while connecting is given up after the handshake limit', async () => {
    using silent = Bun.listen({ hostname: '127.0.0.1', port: 0, socket: { data() {} } })
    const attachment = openAttachment({
      baseUrl: `http://127.0.0.1:${silent.port}`,
      networkId: 'net',
      agent: { id: 'alpha' },
      timing: { handshakeMs: 20, reconnect: { firstMs: 60_000, maxMs: 60_000, jitter: 0 } },
    })
    const item = await within(attachment[Symbol.asyncIterator]().next(), 'an item')
    expect(item.value).toMatchObject({ type: 'disconnected', reason: 'no connection in time' })
    await attachment.close()
  })

  test('after READY is dead after the read limit, and cut', async () => {
    await using peer = new Peer()
    const { client, connection } = await attachV1(peer, { timing: { readMs: 30 } })
    connection.ignorePings = true
    expect(await client.expect('disconnected')).toMatchObject({ reason: expect.stringContaining('no frame') })
    expect((await within(connection.closed, 'the cut')).code).toBe(1006)
    await client.attachment.close()
  })

  test('is not dead as long as frames come', async () => {
    await using peer = new Peer()
    await using client = attach(peer, { timing: { readMs: 400 } })
    const connection = await peer.accept()
    connection.send({ op: 'HELLO', heartbeat_interval_ms: 250 })
    await connection.expect('IDENTIFY')
    connection.ready()
    await client.expect('ready')
    for (let beat = 0; beat < 3; beat++) {
      await connection.expect('PING')
      connection.send({ op: 'PONG' })
    }
    connection.event('evt_1')
    await client.expect('event')
  })

  test('is pinged when nothing was sent for a heartbeat', async () => {
    await using peer = new Peer()
    await using client = attach(peer)
    const connection = await peer.accept()
    connection.send({ op: 'HELLO', heartbeat_interval_ms: 250 })
    await connection.expect('IDENTIFY')
    connection.ready()
    await client.expect('ready')
    await connection.expect('PING')
    connection.send({ op: 'PONG' })
    await connection.expect('PING')
  })
})

describe('a frame against the protocol', () => {
  const frames: [name: string, send: (c: Awaited<ReturnType<Peer['accept']>>) => void][] = [
    ['bad JSON', (c) => c.sendText('{"op":')],
    ['a JSON value that is no object', (c) => c.sendText('null')],
    ['a binary frame', (c) => c.sendBinary(new Uint8Array([1, 2]))],
    ['an unknown op', (c) => c.send({ op: 'DANCE' })],
    ['a wrong version', (c) => c.send({ op: 'PING', version: 'moltnet.attach.v9' })],
    ['a second READY', (c) => c.ready()],
    ['a second HELLO', (c) => c.hello()],
    ['an EVENT without a cursor', (c) => c.send({ op: 'EVENT', network_id: 'net', event: {} })],
  ]
  test.each(frames)('%s is answered with ERROR, then the client reconnects', async (_, send) => {
    await using peer = new Peer()
    const { client, connection } = await attachV1(peer)
    send(connection)
    expect((await connection.expect('ERROR')).error).not.toBe('')
    await within(connection.closed, 'the close')
    await reattach(peer, client)
    await client.attachment.close()
  })

  test('an EVENT before READY is answered with ERROR', async () => {
    await using peer = new Peer()
    await using client = attach(peer)
    const connection = await peer.accept()
    connection.event('evt_1')
    await connection.expect('ERROR')
    await client.expect('disconnected')
  })

  test('unknown keys are no fault', async () => {
    await using peer = new Peer()
    const { client, connection } = await attachV1(peer)
    connection.event('evt_1', { colour: 'blue' })
    expect((await client.expect('event')).frame.cursor).toBe('evt_1')
    await client.attachment.close()
  })
})

describe('an upgrade that is refused', () => {
  test.each([401, 403])('with %d ends the attachment and shows the text of the server', async (status) => {
    await using peer = new Peer()
    peer.refuse = true
    const seen: (string | null)[] = []
    peer.answer = (request) => {
      seen.push(request.headers.get('authorization'))
      return envelope(status, status === 401 ? 'unauthorized' : 'forbidden', 'this token may not attach')
    }
    await using client = attach(peer, { token: () => 'tok' })
    expect(await client.expect('refused')).toMatchObject({
      error: 'this token may not attach',
      retryInMs: null,
    })
    expect(await client.next()).toBeUndefined()
    expect(new Set(seen)).toEqual(new Set(['Bearer tok']))
    expect(peer.upgrades).toBe(1)
  })

  test('with 503 is tried again after the wait that the server asks for', async () => {
    await using peer = new Peer()
    peer.refuse = true
    peer.answer = () => envelope(503, 'service_unavailable', 'starting')
    await using client = attach(peer)
    expect(await client.expect('refused')).toEqual({
      type: 'refused',
      error: 'starting',
      code: 'service_unavailable',
      retryInMs: 7_000,
    })
  })

  test('by a redirect is not followed, and says so', async () => {
    await using peer = new Peer()
    await using other = new Peer()
    peer.refuse = true
    other.refuse = true
    let followed = false
    other.answer = () => {
      followed = true
      return new Response()
    }
    peer.answer = () => Response.redirect(other.url)
    await using client = attach(peer, { token: () => 'tok' })
    expect(await client.expect('refused')).toMatchObject({ code: 'redirected', retryInMs: 1 })
    expect(followed).toBe(false)
  })

  test('by something that is no WebSocket server is a loss', async () => {
    await using peer = new Peer()
    peer.refuse = true
    peer.answer = () => new Response('hello', { status: 200 })
    await using client = attach(peer)
    expect(await client.expect('disconnected')).toMatchObject({ reason: expect.stringContaining('200') })
  })
})

describe('an ERROR frame', () => {
  test('before READY with a final code ends the attachment', async () => {
    await using peer = new Peer()
    await using client = attach(peer)
    const connection = await peer.accept()
    connection.hello()
    await connection.expect('IDENTIFY')
    connection.send({ op: 'ERROR', error: 'wrong network', code: 'unprocessable_entity', retryable: false })
    expect(await client.next()).toEqual({
      type: 'refused',
      error: 'wrong network',
      code: 'unprocessable_entity',
      retryInMs: null,
    })
    expect(await client.next()).toBeUndefined()
  })

  test('of a v1 server, a text alone, is tried again', async () => {
    await using peer = new Peer()
    await using client = attach(peer)
    const connection = await peer.accept()
    connection.hello()
    await connection.expect('IDENTIFY')
    connection.send({ op: 'ERROR', error: 'agent is already attached' })
    expect(await client.expect('refused')).toEqual({
      type: 'refused',
      error: 'agent is already attached',
      retryInMs: 1,
    })
    await (await peer.accept()).handshake()
    await client.expect('ready')
  })

  test('taken_over stops the attachment for ten minutes', async () => {
    await using peer = new Peer()
    const { client, connection } = await attachDurable(peer)
    connection.send({ op: 'ERROR', error: 'a newer socket took over', code: 'taken_over', retryable: false })
    expect(await client.expect('taken_over')).toEqual({
      type: 'taken_over',
      error: 'a newer socket took over',
      retryInMs: 600_000,
    })
    await within(connection.closed, 'the close')
    expect(peer.upgrades).toBe(1)
    await client.attachment.close()
  })

  test('taken_over takes back events that nobody has taken yet', async () => {
    await using peer = new Peer()
    const { client, connection } = await attachDurable(peer, { timing: { takenOverMs: 1 } })
    connection.event('evt_1')
    connection.send({ op: 'PING' })
    await connection.expect('PONG')
    connection.send({ op: 'ERROR', error: 'taken over', code: 'taken_over' })
    await within(connection.closed, 'the close')
    await client.expect('taken_over')
    await client.attachment.close()
  })

  test('agent_removed ends a live attachment', async () => {
    await using peer = new Peer()
    const { client, connection } = await attachDurable(peer)
    connection.send({ op: 'ERROR', error: 'removed', code: 'agent_removed', retryable: false })
    expect(await client.expect('refused')).toMatchObject({ code: 'agent_removed', retryInMs: null })
    expect(await client.next()).toBeUndefined()
  })
})
