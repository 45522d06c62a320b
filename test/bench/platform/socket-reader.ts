// Opens sockets to a server, counts the frames of a few seconds after a warm-up, prints the rate, and ends.
const [url = '', count = '0', seconds = '0'] = process.argv.slice(2)
let frames = 0
const sockets = Array.from({ length: Number(count) }, () => {
  const socket = new WebSocket(url)
  socket.onmessage = () => {
    frames++
  }
  return socket
})
await Promise.all(
  sockets.map((socket) => new Promise((resolve) => socket.addEventListener('open', resolve, { once: true }))),
)
await Bun.sleep(500)
frames = 0
const started = performance.now()
await Bun.sleep(Number(seconds) * 1000)
const rate = frames / ((performance.now() - started) / 1000)
process.stdout.write(`${rate}\n`, () => process.exit(0))
