import { linesOf } from './lines.ts'
import type { LoadParameters } from './load/parameters.ts'

const GENERATOR = new URL('./load/main.ts', import.meta.url).pathname

/** Runs one load in a process of its own and gives its result. */
export async function runLoad<T>(name: string, parameters: Partial<LoadParameters>): Promise<T> {
  const child = Bun.spawn([process.execPath, GENERATOR, name, JSON.stringify(parameters)], {
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'inherit',
  })
  const [text, code] = await Promise.all([new Response(child.stdout).text(), child.exited])
  if (code !== 0) throw new Error(`load ${name} ended with exit code ${code}`)
  return JSON.parse(text) as T
}

/** A fleet of attachments in a process of its own. */
export interface Fleet extends AsyncDisposable {
  readonly connectedMs: number
  readonly failures: readonly string[]
  /** Asks for something, see `load/fleet.ts`; resolves with the answer. */
  ask<T>(line: string): Promise<T>
}

/** Attaches a fleet; resolves when it is READY and presence has calmed down. */
export async function attachFleet(parameters: Partial<LoadParameters>): Promise<Fleet> {
  const child = Bun.spawn([process.execPath, GENERATOR, 'fleet', JSON.stringify(parameters)], {
    stdin: 'pipe',
    stdout: 'pipe',
    stderr: 'inherit',
  })
  const lines = linesOf(child.stdout)
  const answer = async () => {
    const { value, done } = await lines.next()
    if (done === true) throw new Error('the fleet ended before it answered')
    return JSON.parse(value) as unknown
  }
  const ready = (await answer()) as { connectedMs: number; failures: string[] }
  return {
    ...ready,
    async ask<T>(line: string) {
      await child.stdin.write(`${line}\n`)
      await child.stdin.flush()
      return (await answer()) as T
    },
    async [Symbol.asyncDispose]() {
      await child.stdin.end()
      await child.exited
    },
  }
}
