import { afterEach, expect, test } from 'bun:test'
import { connect, createServer, type Socket } from 'node:net'
import { until } from '../../support/condition.ts'
import { type FaultProxy, startProxy } from './proxy.ts'

/** A peer that notes what comes, and how it ends. */
interface Peer {
  readonly socket: Socket
  text(): string
  /** Sizes of what came at once. */
  readonly chunks: number[]
  ended: 'open' | 'end' | 'reset' | 'closed'
}

function noting(socket: Socket): Peer {
  const received: Buffer[] = []
  const peer: Peer = { socket, chunks: [], ended: 'open', text: () => Buffer.concat(received).toString() }
  socket.on('data', (bytes: Buffer) => {
    received.push(bytes)
    peer.chunks.push(bytes.length)
  })
  socket.on('end', () => {
    if (peer.ended === 'open') peer.ended = 'end'
  })
  socket.on('error', (error: NodeJS.ErrnoException) => {
    peer.ended = error.code === 'ECONNRESET' ? 'reset' : 'closed'
  })
  socket.on('close', () => {
    if (peer.ended === 'open') peer.ended = 'closed'
  })
  return peer
}

afterEach(async () => {
  for (const clean of cleanups.splice(0).toReversed()) await clean()
})
const cleanups: (() => unknown)[] = []

/** A client and the server's end of the same connection, with a proxy in between. */
async function connected(): Promise<{
  proxy: FaultProxy
  client: Peer
  server: Peer
  again(): Promise<Peer>
}> {
  const accepted: Peer[] = []
  const listener = createServer({ allowHalfOpen: true }, (socket) => accepted.push(noting(socket)))
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve))
  cleanups.push(() => listener.close())
  const proxy = await startProxy((listener.address() as { port: number }).port)
  cleanups.push(() => proxy[Symbol.asyncDispose]())
  const open = async (): Promise<Peer> => {
    const socket = connect({ port: proxy.port, host: '127.0.0.1', allowHalfOpen: true })
    cleanups.push(() => socket.destroy())
    const peer = noting(socket)
    await new Promise((resolve) => socket.once('connect', resolve))
    return peer
  }
  const client = await open()
  const server = await until(() => accepted[0], 'the server has the connection')
  return { proxy, client, server, again: open }
}

test('passes bytes both ways, and the end after them', async () => {
  const { client, server } = await connected()
  client.socket.end('question')
  await until(() => server.ended === 'end', 'the end arrives')
  expect(server.text()).toBe('question')
  server.socket.end('answer')
  await until(() => client.ended === 'end', 'the end of the answer arrives')
  expect(client.text()).toBe('answer')
})

test('passes a megabyte whole to a reader that pauses', async () => {
  const { client, server } = await connected()
  server.socket.pause()
  const text = 'x'.repeat(1_000_000)
  client.socket.end(text)
  await until(() => client.socket.bytesWritten > 0, 'something is written')
  server.socket.resume()
  await until(() => server.ended === 'end', 'the end arrives')
  expect(server.text()).toBe(text)
})

test('latency delays every byte and keeps their order', async () => {
  const { proxy, client, server } = await connected()
  proxy.set({ latencyMs: 150 })
  const started = performance.now()
  client.socket.write('a')
  client.socket.end('b')
  await until(() => server.ended === 'end', 'the end arrives')
  expect(performance.now() - started).toBeGreaterThanOrEqual(150)
  expect(server.text()).toBe('ab')
})

test('slices what is written at once', async () => {
  const { proxy, client, server } = await connected()
  // The pause that the bandwidth makes between two pieces keeps the system from joining them.
  proxy.set({ sliceBytes: 7, bytesPerSecond: 2_000 })
  client.socket.end('x'.repeat(70))
  await until(() => server.ended === 'end', 'the end arrives')
  expect(server.text()).toBe('x'.repeat(70))
  expect(server.chunks.length).toBeGreaterThan(3)
})

test('bandwidth bounds the bytes of a second', async () => {
  const { proxy, client, server } = await connected()
  proxy.set({ bytesPerSecond: 100_000, sliceBytes: 1_000 })
  const started = performance.now()
  client.socket.end('x'.repeat(20_000))
  await until(() => server.ended === 'end', 'the end arrives')
  expect(performance.now() - started).toBeGreaterThanOrEqual(200)
})

test('half-open: nothing passes, not even an end, until it thaws', async () => {
  const { proxy, client, server, again } = await connected()
  proxy.freeze()
  client.socket.end('late')
  const other = await again()
  other.socket.write('silent')
  await until(() => proxy.connections === 2, 'both are taken')
  expect([server.text(), server.ended, other.ended]).toEqual(['', 'open', 'open'])
  proxy.thaw()
  await until(() => server.ended === 'end', 'the end arrives')
  expect(server.text()).toBe('late')
})

test('half-open: a peer that breaks off is not missed by the other', async () => {
  const { proxy, client, server } = await connected()
  proxy.freeze()
  client.socket.resetAndDestroy()
  await until(() => proxy.connections === 0, 'the proxy has noticed')
  expect(server.ended).toBe('open')
  proxy.thaw()
  await until(() => server.ended !== 'open', 'the server is told')
})

test('cut ends both sides, and a new connection is served', async () => {
  const { proxy, client, server, again } = await connected()
  proxy.cut()
  await until(() => client.ended !== 'open' && server.ended !== 'open', 'both are ended')
  expect([client.ended, server.ended]).toEqual(['end', 'end'])
  const next = await again()
  expect(next.ended).toBe('open')
})

test('reset breaks both sides off', async () => {
  const { proxy, client, server } = await connected()
  proxy.reset()
  await until(() => client.ended !== 'open' && server.ended !== 'open', 'both are ended')
  expect([client.ended, server.ended]).toEqual(['reset', 'reset'])
})
