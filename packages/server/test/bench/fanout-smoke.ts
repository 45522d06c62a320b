/**
 * Frames per second to many attachments, with a load generator in a process of its own. Bounded to some
 * 15 seconds: `bun packages/server/test/bench/fanout-smoke.ts [v1|durable] [sockets ...]`.
 */
import { startServer } from '../support/start-server.ts'

const [mode = 'v1', ...counts] = process.argv.slice(2)
const SECONDS = 2
const POSTERS = 32

for (const sockets of counts.length > 0 ? counts.map(Number) : [100, 1_000]) {
  const members = Array.from({ length: sockets }, (_, n) => `agent-${n}`)
  const server = await startServer({ config: { rooms: [{ id: 'bench', members: members.slice(0, 256) }] } })
  for (let from = 256; from < members.length; from += 256) {
    const add = members.slice(from, from + 256)
    await server.request('/v1/rooms/bench/members', { method: 'PATCH', body: { add } })
  }
  Bun.gc(true)
  const before = process.memoryUsage().rss
  const client = Bun.spawn(
    [
      process.execPath,
      `${import.meta.dir}/fanout-client.ts`,
      server.url,
      String(sockets),
      String(SECONDS),
      String(POSTERS),
      mode,
    ],
    { stdout: 'pipe', stderr: 'inherit' },
  )
  let cpu = process.cpuUsage()
  let spent = 0
  for await (const line of linesOf(client.stdout)) {
    if (line === 'start') cpu = process.cpuUsage()
    else if (line === 'end') {
      const used = process.cpuUsage(cpu)
      spent = (used.user + used.system) / 1_000_000
    } else report(line, spent)
  }
  await client.exited
  const megabytes = Math.round((process.memoryUsage().rss - before) / 1_048_576)
  process.stdout.write(`  memory of the server: +${megabytes} MB\n`)
  await server.stop()
}
process.exit(0)

async function* linesOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  let rest = ''
  const decoder = new TextDecoder()
  for await (const chunk of stream) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n')
    rest = lines.pop() ?? ''
    yield* lines
  }
}

/** Frames per second of the server's own CPU time tell more than wall time on a busy machine. */
function report(line: string, cpuSeconds: number): void {
  const { frames } = JSON.parse(line) as { frames: number }
  process.stdout.write(
    `${line}\n  ${Math.round(frames / cpuSeconds)} frames per CPU second (${cpuSeconds} s)\n`,
  )
}
