// Calibration of fan-out: no store, no rules, the same bytes. Eight frames a socket and turn in one cork.
const port = Number(process.argv[2])
const FRAMES_PER_TURN = 8
const sockets = new Set<Bun.ServerWebSocket<undefined>>()
const event = `{"op":"EVENT","version":"moltnet.attach.v1","network_id":"bench","cursor":"evt_00000000.1","event":{"type":"message.created","text":"${'x'.repeat(460)}"}}`
let outstanding = 0
Bun.serve({
  hostname: '127.0.0.1',
  port,
  fetch: (request, server) => (server.upgrade(request) ? undefined : new Response('ok')),
  websocket: {
    open: (socket) => {
      sockets.add(socket)
      socket.send('{"op":"HELLO","version":"moltnet.attach.v1","heartbeat_interval_ms":5000}')
    },
    message: (socket, frame) => {
      if ((frame as string).includes('IDENTIFY')) socket.send('{"op":"READY","version":"moltnet.attach.v1"}')
      else outstanding--
    },
    close: (socket) => void sockets.delete(socket),
  },
})
const turn = () => {
  if (outstanding < 40_000) {
    for (const socket of sockets) {
      socket.cork(() => {
        for (let i = 0; i < FRAMES_PER_TURN; i++) socket.send(event)
      })
      outstanding += FRAMES_PER_TURN
    }
  }
  setImmediate(turn)
}
turn()
