import { type Setup, targetOf } from '../../conformance/own/setup.ts'
import { fuzz } from '../../fuzz/run.ts'
import { populate } from '../../fuzz/world.ts'
import { figure } from './format.ts'

const SETUP: Setup = { name: 'open', mode: 'open', storage: 'sqlite', agents: ['alpha'] }
const ROUNDS = 5
const REQUESTS = 10_000

/** What a server keeps after a collection. */
interface Kept {
  heapBytes: number
  objects: number
  residentBytes: number
}

/** What is left in memory when made-up requests have come and gone and the garbage is collected. */
export async function* memory(): AsyncIterable<string> {
  const program = new URL('../collected-server.ts', import.meta.url).pathname
  const child = Bun.spawn([process.execPath, program, JSON.stringify(SETUP)], {
    stdin: 'pipe',
    stdout: 'pipe',
    stderr: 'inherit',
  })
  const lines = linesOf(child.stdout)
  const nextLine = async () => {
    const { value, done } = await lines.next()
    if (done === true) throw new Error('the server ended')
    return value
  }
  const kept = async (): Promise<Kept> => {
    await child.stdin.write('collect\n')
    await child.stdin.flush()
    return JSON.parse(await nextLine()) as Kept
  }
  try {
    const target = targetOf(SETUP, await nextLine())
    await populate(target)
    yield `before:           ${describe(await kept())}`
    for (let round = 1; round <= ROUNDS; round++) {
      const { answered } = await fuzz(target, { cases: REQUESTS })
      yield `${figure(round * REQUESTS).padStart(7)} requests: ${describe(await kept())}${answered < REQUESTS ? '  (fewer were answered)' : ''}`
    }
  } finally {
    await child.stdin.end()
    await child.exited
  }
}

function describe({ heapBytes, objects, residentBytes }: Kept): string {
  const mb = (bytes: number) => figure(bytes / 1024 / 1024, 1).padStart(6)
  return `${mb(heapBytes)} MB heap, ${figure(objects).padStart(8)} objects, ${mb(residentBytes)} MB resident`
}

async function* linesOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<string, undefined> {
  const decoder = new TextDecoder()
  let buffered = ''
  for await (const chunk of stream) {
    buffered += decoder.decode(chunk, { stream: true })
    for (let end = buffered.indexOf('\n'); end >= 0; end = buffered.indexOf('\n')) {
      yield buffered.slice(0, end)
      buffered = buffered.slice(end + 1)
    }
  }
  return undefined
}
