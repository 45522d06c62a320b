// Calibration of attachments: no store, no rules, the same bytes. `bare-fanout.ts <port> <frames a socket and turn>`:
// so many frames for each socket in one cork; with 0 it only says READY.
const port = Number(process.argv[2])
const framesPerTurn = Number(process.argv[3])
const sockets = new Set<Bun.ServerWebSocket<undefined>>()
const event = `{"op":"EVENT","version":"moltnet.attach.v1","network_id":"bench","cursor":"evt_00000000.1","event":{"type":"message.created","text":"${'x'.repeat(500)}"}}`
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
        for (let i = 0; i < framesPerTurn; i++) socket.send(event)
      })
      outstanding += framesPerTurn
    }
  }
  setImmediate(turn)
}
if (framesPerTurn > 0) turn()
