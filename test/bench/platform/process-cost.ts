import { readFile } from 'node:fs/promises'

const STARTS = 15
const IDLE_MS = 1500

const BUN_SERVER = "Bun.serve({ hostname: '127.0.0.1', port: 0, fetch: () => new Response('ok') })"
const NODE_SERVER =
  "require('node:http').createServer((_, answer) => answer.end('ok')).listen(0, '127.0.0.1')"

/** What an idle server and a start cost, in Bun and in the Node of this machine (if there is one). */
export async function* processCost(): AsyncGenerator<string> {
  const node = Bun.which('node')
  const bun = process.execPath
  yield `start of an empty program, Bun ${Bun.version}: ${(await medianStart([bun, '-e', '0'])).toFixed(1)} ms`
  if (node !== null) {
    yield `start of an empty program, Node: ${(await medianStart([node, '-e', '0'])).toFixed(1)} ms`
  }
  if (process.platform !== 'linux') return
  yield `idle HTTP server, Bun: ${await idleMegabytes([bun, '-e', BUN_SERVER])} MB`
  if (node !== null) yield `idle HTTP server, Node: ${await idleMegabytes([node, '-e', NODE_SERVER])} MB`
}

/** Median milliseconds from the spawn to the end of a program. */
async function medianStart(argv: string[]): Promise<number> {
  const times: number[] = []
  for (let run = 0; run < STARTS; run++) {
    const started = performance.now()
    await Bun.spawn(argv, { stdio: ['ignore', 'ignore', 'inherit'] }).exited
    times.push(performance.now() - started)
  }
  return times.sort((a, b) => a - b)[Math.floor(STARTS / 2)] ?? Number.NaN
}

/** Resident memory of a process that serves nobody, after it has settled. */
async function idleMegabytes(argv: string[]): Promise<number> {
  const child = Bun.spawn(argv, { stdio: ['ignore', 'ignore', 'inherit'] })
  try {
    await Bun.sleep(IDLE_MS)
    const status = await readFile(`/proc/${child.pid}/status`, 'utf8')
    return Math.round(Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024)
  } finally {
    child.kill()
    await child.exited
  }
}
