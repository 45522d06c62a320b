export interface CommandResult {
  code: number
  output: string
  milliseconds: number
}

/** The Bun that runs this script: the pinned one, whatever else is installed on the machine. */
export const BUN = process.execPath

/** Argument vector that runs a program of `node_modules/.bin` and never fetches one that is not installed. */
export function localBin(name: string, ...args: string[]): string[] {
  return [BUN, 'x', '--no-install', name, ...args]
}

/** Runs a program to its end and returns what it wrote to both streams; a failing one does not throw. */
export async function runCommand(argv: readonly string[], cwd: string): Promise<CommandResult> {
  const started = performance.now()
  const child = Bun.spawn([...argv], {
    cwd,
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'pipe',
    env: { ...process.env, FORCE_COLOR: undefined, NO_COLOR: '1' },
  })
  const [stdout, stderr, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ])
  return { code, output: `${stdout}${stderr}`.trimEnd(), milliseconds: performance.now() - started }
}
