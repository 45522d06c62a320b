import { type Setup, targetOf } from '../../conformance/own/setup.ts'
import { fuzz } from '../../fuzz/run.ts'
import { populate } from '../../fuzz/world.ts'
import { linesOf } from '../lines.ts'
import type { Figure, Measurement, Scenario } from '../scenario.ts'

const SETUP: Setup = { name: 'open', mode: 'open', storage: 'sqlite', agents: ['alpha'] }

/** What a server keeps after a collection. */
interface Kept {
  heapBytes: number
  objects: number
  residentBytes: number
}

/** What is left in memory when made-up requests have come and gone and the garbage is collected. */
export const memory: Scenario = {
  about: 'what is left in memory when made-up requests have come and gone and the garbage is collected',
  ownOnly: 'it collects garbage inside of the server',
  parts: (scale) => [
    {
      name: 'requests',
      calibrate: async () => () =>
        measure(scale.quick ? { rounds: 1, requests: 1_000 } : { rounds: 5, requests: 10_000 }),
    },
  ],
}

async function measure(o: { rounds: number; requests: number }): Promise<Measurement> {
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
    const figures = figuresOf(await kept(), 0)
    const faults: string[] = []
    for (let round = 1; round <= o.rounds; round++) {
      const { answered } = await fuzz(target, { cases: o.requests })
      if (answered < o.requests) faults.push(`${o.requests - answered} requests were not answered`)
      figures.push(...figuresOf(await kept(), round * o.requests))
    }
    return { figures, faults }
  } finally {
    await child.stdin.end()
    await child.exited
  }
}

function figuresOf({ heapBytes, objects, residentBytes }: Kept, requests: number): Figure[] {
  const after = `after ${requests.toLocaleString('en-US')} requests`
  const megabytes = (bytes: number) => bytes / 1024 / 1024
  return [
    { name: `${after}: heap`, unit: 'MB', value: megabytes(heapBytes), better: 'less' },
    { name: `${after}: objects`, unit: '', value: objects, better: 'less' },
    { name: `${after}: resident`, unit: 'MB', value: megabytes(residentBytes), better: 'less' },
  ]
}
