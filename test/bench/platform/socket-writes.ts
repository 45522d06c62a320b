import type { ServerWebSocket } from 'bun'

const SOCKETS = 200
const SECONDS_EACH = 3
const FRAME = 'x'.repeat(600)

/** Ways to write the frames of one turn to one socket. */
const WAYS: readonly { name: string; frames: number; cork: boolean }[] = [
  { name: '1 frame a turn, sent by itself', frames: 1, cork: false },
  { name: '8 frames a turn, each sent by itself', frames: 8, cork: false },
  { name: '8 frames a turn, one cork per socket', frames: 8, cork: true },
]

/** Frames per second to many sockets, read by a second process, against the first way of writing. */
export async function* socketWrites(): AsyncGenerator<string> {
  let base: number | undefined
  for (const way of WAYS) {
    const rate = await framesPerSecond(way)
    base ??= rate
    yield `${way.name}: ${Math.round(rate)} frames per second (${(rate / base).toFixed(2)} of the first)`
  }
}

async function framesPerSecond(way: { frames: number; cork: boolean }): Promise<number> {
  const ready = new Set<ServerWebSocket<undefined>>()
  let running = true
  const server = Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    fetch: (request, serving) => (serving.upgrade(request) ? undefined : new Response(null, { status: 400 })),
    websocket: {
      backpressureLimit: 1 << 20,
      open: (socket) => void ready.add(socket),
      drain: (socket) => void ready.add(socket),
      message: () => {},
      close: (socket) => void ready.delete(socket),
    },
  })
  const write = (socket: ServerWebSocket<undefined>): void => {
    for (let frame = 0; frame < way.frames; frame++) {
      if (socket.send(FRAME) > 0) continue
      ready.delete(socket)
      return
    }
  }
  const turn = (): void => {
    for (const socket of ready) {
      if (way.cork) socket.cork(write)
      else write(socket)
    }
    if (running) setImmediate(turn)
  }
  turn()
  const script = new URL('./socket-reader.ts', import.meta.url).pathname
  const reader = Bun.spawn(
    [process.execPath, script, `ws://127.0.0.1:${server.port}`, String(SOCKETS), String(SECONDS_EACH)],
    { stdout: 'pipe', stderr: 'inherit', timeout: (SECONDS_EACH + 5) * 1000 },
  )
  const rate = Number(await new Response(reader.stdout).text())
  running = false
  await server.stop(true)
  return rate
}
