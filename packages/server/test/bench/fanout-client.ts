/** Load generator of fanout-smoke, in a process of its own: `<url> <sockets> <seconds> <posters> [durable]`. */
import { Fleet } from './raw-sockets.ts'

const [url = '', sockets = '100', seconds = '3', posters = '8', mode = 'v1'] = process.argv.slice(2)
const fleet = new Fleet(url)
const ids = Array.from({ length: Number(sockets) }, (_, n) => `agent-${n}`)
const consumer = mode === 'durable' ? { durable: true, rooms: [{ id: 'bench', wake: 'all' }] } : undefined

const started = performance.now()
await fleet.attach(ids, consumer)
while (fleet.counts.ready < ids.length && performance.now() - started < 10_000) await Bun.sleep(5)
const connectMs = performance.now() - started

await settled()
const settledMs = performance.now() - started

let posting = true
let accepted = 0
const text = 'x'.repeat(350)
const body = JSON.stringify({
  target: { kind: 'room', room_id: 'bench' },
  from: { type: 'human', id: 'operator' },
  parts: [{ kind: 'text', text }],
})
const runs = Array.from({ length: Number(posters) }, async () => {
  while (posting) {
    const answer = await fetch(`${url}/v1/messages`, { method: 'POST', body })
    if (answer.status === 202) accepted += 1
    await answer.arrayBuffer()
  }
})
await Bun.sleep(500)
// The program that started this one measures its own CPU time between the marks.
console.log('start')
const before = { ...fleet.counts, accepted, at: performance.now() }
await Bun.sleep(Number(seconds) * 1_000)
console.log('end')
const span = (performance.now() - before.at) / 1_000
const frames = (fleet.counts.events - before.events) / span
const messages = (accepted - before.accepted) / span
posting = false
await Promise.all(runs)
await settled()
console.log(
  JSON.stringify({
    sockets: ids.length,
    mode,
    connectMs: Math.round(connectMs),
    settledMs: Math.round(settledMs),
    framesPerSecond: Math.round(frames),
    messagesPerSecond: Math.round(messages),
    frames: fleet.counts.events - before.events,
    events: fleet.counts.events,
    accepted,
    closed: fleet.counts.closed,
  }),
)
process.exit(0)

/** Waits until no further event has come for 1.5 s: presence is told a while after READY. */
async function settled(): Promise<void> {
  for (let last = -1; last !== fleet.counts.events; ) {
    last = fleet.counts.events
    await Bun.sleep(1_500)
  }
}
