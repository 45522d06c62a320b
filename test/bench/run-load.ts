import type { LoadParameters } from './load/loads.ts'

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

/** Starts a load that prints its result and then holds its connections until `release` is called. */
export async function holdLoad<T>(
  name: string,
  parameters: Partial<LoadParameters>,
): Promise<{ result: T; release(): Promise<void> }> {
  const child = Bun.spawn([process.execPath, GENERATOR, name, JSON.stringify(parameters)], {
    stdin: 'pipe',
    stdout: 'pipe',
    stderr: 'inherit',
  })
  const reader = child.stdout.getReader()
  const decoder = new TextDecoder()
  let text = ''
  while (!text.includes('\n')) {
    const { value, done } = await reader.read()
    if (done) throw new Error(`load ${name} ended before it had a result`)
    text += decoder.decode(value, { stream: true })
  }
  return {
    result: JSON.parse(text.slice(0, text.indexOf('\n'))) as T,
    async release() {
      await child.stdin.end()
      await child.exited
    },
  }
}
