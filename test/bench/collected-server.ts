// `bun collected-server.ts <setup as JSON>`: a server in a process that collects its garbage on demand. Prints its
// base URL, then for each line on stdin what is left after a collection, as JSON. Ends with stdin.
import { heapStats } from 'bun:jsc'
import { startOwnServer } from '../conformance/own/server.ts'
import type { Setup } from '../conformance/own/setup.ts'

await using own = await startOwnServer(JSON.parse(process.argv[2] as string) as Setup)
process.stdout.write(`${own.target.baseUrl}\n`)
for await (const _line of console) {
  // What the first collection finalises, the second one frees.
  Bun.gc(true)
  Bun.gc(true)
  const { heapSize: heapBytes, objectCount: objects } = heapStats()
  process.stdout.write(
    `${JSON.stringify({ heapBytes, objects, residentBytes: process.memoryUsage.rss() })}\n`,
  )
}
