import { afterEach, describe, expect, test } from 'bun:test'
import { openAttachment } from '../src/index.ts'
import { attach, attachDurable, attachV1, CONSUMER } from './support/attached.ts'
import { DURABLE, Peer, within } from './support/peer.ts'

describe('the handshake', () => {
  test('identifies with network, agent, consumer and capabilities once HELLO has come', async () => {
    await using peer = new Peer()
    await using client = attach(peer, {
      agent: { id: 'alpha', name: 'Alpha', type: 'agent' },
      consumer: { ...CONSUMER, window: 8 },
    })
    const connection = await peer.accept()
    expect(await connection.handshake(DURABLE)).toEqual({
      op: 'IDENTIFY',
      version: 'moltnet.attach.v1',
      network_id: 'net' as never,
      agent: { id: 'alpha' as never, name: 'Alpha', type: 'agent' },
      capabilities: { rooms: true, threads: true, dms: true, artifacts: true },
      consumer: { durable: true, window: 8, rooms: [{ id: 'general' as never, wake: 'mentions' }] },
    })
    const { ready } = await client.expect('ready')
    expect(ready.consumer).toEqual({ durable: true, pending: 0, rejected: [] })
  })

  test('connects only when the iteration begins', async () => {
    await using peer = new Peer()
    const attachment = openAttachment({ baseUrl: peer.url, networkId: 'net', agent: { id: 'alpha' } })
    await attachment.close()
    await using client = attach(peer)
    await (await peer.accept()).handshake()
    await client.expect('ready')
    expect(peer.upgrades).toBe(1)
  })

  test('sends no header without a token', async () => {
    await using peer = new Peer()
    await using _ = attach(peer, { token: () => '' })
    expect((await peer.accept()).authorization).toBeUndefined()
  })

  test('asks the token source anew at every connect', async () => {
    await using peer = new Peer()
    const tokens = ['first', 'second']
    await using client = attach(peer, { token: () => tokens.shift() })
    const first = await peer.accept()
    expect(first.authorization).toBe('Bearer first')
    first.cut()
    await client.expect('disconnected')
    expect((await peer.accept()).authorization).toBe('Bearer second')
  })

  test('tries again when the token source fails', async () => {
    await using peer = new Peer()
    let fails = true
    await using client = attach(peer, {
      token: () => {
        if (fails) throw new Error('token file is gone')
        return 'tok'
      },
    })
    expect(await client.expect('refused')).toEqual({
      type: 'refused',
      error: 'token file is gone',
      retryInMs: 1,
    })
    fails = false
    expect((await peer.accept()).authorization).toBe('Bearer tok')
  })

  test('keeps a path prefix of the base URL', async () => {
    await using peer = new Peer()
    peer.refuse = true
    const asked = Promise.withResolvers<string>()
    peer.answer = (request) => {
      asked.resolve(new URL(request.url).pathname)
      return new Response(null, { status: 503 })
    }
    await using _ = attach(peer, { baseUrl: `${peer.url}/molt/` })
    expect(await within(asked.promise, 'a request')).toBe('/molt/v1/attach')
  })

  test('refuses options of the wrong form before it connects', () => {
    const options = { baseUrl: 'http://127.0.0.1:1', networkId: 'net', agent: { id: 'alpha' } }
    expect(() => openAttachment({ ...options, baseUrl: 'ftp://host' })).toThrow('http:// or https://')
    expect(() => openAttachment({ ...options, agent: { id: 'no spaces' } })).toThrow()
    expect(() => openAttachment({ ...options, networkId: '' })).toThrow()
    const consumer = { ...CONSUMER, window: 0 }
    expect(() => openAttachment({ ...options, consumer })).toThrow()
  })
})

describe('an agent token', () => {
  const token = `magt_v1_${'a'.repeat(43)}`

  test('is kept before READY is handed out, and used for the next connect', async () => {
    await using peer = new Peer()
    const kept = Promise.withResolvers<string>()
    const written = Promise.withResolvers<void>()
    await using client = attach(peer, {
      onAgentToken: async (received) => {
        kept.resolve(received)
        await written.promise
      },
    })
    const first = client.next()
    const connection = await peer.accept()
    await connection.handshake({ agent_token: token })
    expect(await within(kept.promise, 'the token')).toBe(token)
    connection.event('evt_1')
    connection.send({ op: 'PING' })
    await connection.expect('PONG')
    expect(Bun.peek.status(first)).toBe('pending')
    written.resolve()
    expect(await first).toMatchObject({ type: 'ready' })
    await client.expect('event')
    connection.cut()
    await client.expect('disconnected')
    expect((await peer.accept()).authorization).toBe(`Bearer ${token}`)
  })

  test('that cannot be kept is an error of the iteration', async () => {
    await using peer = new Peer()
    await using client = attach(peer, {
      onAgentToken: () => {
        throw new Error('disk full')
      },
    })
    const first = client.next()
    const connection = await peer.accept()
    await connection.handshake({ agent_token: token })
    expect(first).rejects.toThrow('disk full')
    expect((await within(connection.closed, 'the close')).code).toBe(1000)
    expect(await client.next()).toBeUndefined()
  })
})

describe('a platform that cannot attach', () => {
  const WholeWebSocket = globalThis.WebSocket
  afterEach(() => {
    globalThis.WebSocket = WholeWebSocket
  })
  const only = async (token?: string) => {
    const options = { baseUrl: 'http://127.0.0.1:1', networkId: 'net', agent: { id: 'alpha' } }
    return await Array.fromAsync(openAttachment({ ...options, token: () => token }))
  }

  test('because its WebSocket takes no headers, as in a browser, ends the attachment', async () => {
    class BrowserWebSocket extends WholeWebSocket {
      constructor(url: string, protocols?: string | string[]) {
        if (protocols !== undefined && typeof protocols !== 'string' && !Array.isArray(protocols)) {
          throw new DOMException('the subprotocol "[object Object]" is invalid', 'SyntaxError')
        }
        super(url, protocols)
      }
    }
    globalThis.WebSocket = BrowserWebSocket as typeof WebSocket
    const error = 'this platform cannot send a token with a WebSocket'
    expect(await only('tok')).toMatchObject([{ type: 'refused', error, retryInMs: null }])
  })

  test('because it has no WebSocket ends the attachment', async () => {
    Reflect.deleteProperty(globalThis, 'WebSocket')
    expect(await only()).toMatchObject([
      { type: 'refused', error: expect.stringContaining('Node'), retryInMs: null },
    ])
  })
})

describe('closing', () => {
  test('tells the server why, ends the iteration and may be repeated', async () => {
    await using peer = new Peer()
    const { client, connection } = await attachV1(peer)
    const pending = client.next()
    await Promise.all([client.attachment.close('node stops'), client.attachment.close()])
    expect(await connection.closed).toEqual({ code: 1000, reason: 'node stops' })
    expect(await pending).toBeUndefined()
    expect(await client.next()).toBeUndefined()
    await client.attachment.close()
  })

  test('sends the ACKs given before it', async () => {
    await using peer = new Peer()
    const { client, connection } = await attachDurable(peer)
    connection.event('evt_1')
    const { ack } = await client.expect('event')
    ack()
    await client.attachment.close()
    expect((await connection.expect('ACK')).cursor).toBe('evt_1')
  })

  test('shortens a reason that no close frame could carry', async () => {
    await using peer = new Peer()
    const { client, connection } = await attachV1(peer)
    await client.attachment.close('é'.repeat(200))
    const { reason } = await connection.closed
    expect(new TextEncoder().encode(reason).length).toBeLessThanOrEqual(123)
    expect(reason).toStartWith('ééé')
  })

  test('stops a running retry', async () => {
    await using peer = new Peer()
    const { client, connection } = await attachV1(peer, {
      timing: { reconnect: { firstMs: 60_000, maxMs: 60_000, jitter: 0 } },
    })
    connection.cut()
    await client.expect('disconnected')
    await client.attachment.close()
    expect(await client.next()).toBeUndefined()
    expect(peer.upgrades).toBe(1)
  })

  test('does not wait long for a server that answers no close', async () => {
    using silent = Bun.listen({ hostname: '127.0.0.1', port: 0, socket: { data() {} } })
    const attachment = openAttachment({
      baseUrl: `http://127.0.0.1:${silent.port}`,
      networkId: 'net',
      agent: { id: 'alpha' },
    })
    const item = attachment[Symbol.asyncIterator]().next()
    await within(attachment.close(), 'the close')
    expect((await item).done).toBe(true)
  })

  test('happens when the consumer leaves the loop', async () => {
    await using peer = new Peer()
    const attachment = openAttachment({ baseUrl: peer.url, networkId: 'net', agent: { id: 'alpha' } })
    const left = (async () => {
      for await (const item of attachment) if (item.type === 'ready') break
    })()
    const connection = await peer.accept()
    await connection.handshake()
    await within(left, 'the end of the loop')
    expect((await connection.closed).code).toBe(1000)
  })

  test('a second iteration is an error', async () => {
    await using peer = new Peer()
    await using client = attach(peer)
    expect(() => client.attachment[Symbol.asyncIterator]()).toThrow('once')
  })
})
