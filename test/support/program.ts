import { join } from 'node:path'

const ROOT = new URL('../../', import.meta.url).pathname

/** The command under test: `MOLTNET_TEST_PROGRAM` (a compiled program), else the source under bun. */
export const PROGRAM: readonly string[] = process.env['MOLTNET_TEST_PROGRAM']
  ? [process.env['MOLTNET_TEST_PROGRAM']]
  : [process.execPath, join(ROOT, 'packages', 'cli', 'src', 'main.ts')]

/** What a finished command left behind. */
export interface Finished {
  code: number
  stdout: string
  stderr: string
}

export interface RunOptions {
  cwd?: string
  /** Words before the program: another one that runs it, such as `strace` with its flags. */
  under?: readonly string[]
  env?: Record<string, string>
  stdin?: string
}

/** A clean environment: nothing of the shell that runs the tests but PATH. */
export function cleanEnv(extra: Record<string, string> = {}): Record<string, string> {
  return { PATH: process.env['PATH'] ?? '', ...extra }
}

/** Runs `moltnet` to its end. */
export async function moltnet(args: readonly string[], o: RunOptions = {}): Promise<Finished> {
  const child = Bun.spawn([...PROGRAM, ...args], {
    ...(o.cwd === undefined ? {} : { cwd: o.cwd }),
    env: cleanEnv(o.env),
    stdin: new TextEncoder().encode(o.stdin ?? ''),
    stdout: 'pipe',
    stderr: 'pipe',
  })
  const [stdout, stderr, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ])
  return { code, stdout, stderr }
}

/** A `moltnet` that keeps running. Disposing kills it if it still lives. */
export interface Running extends AsyncDisposable {
  pid: number
  /** All of its stderr so far. */
  log(): string
  kill(signal?: NodeJS.Signals): void
  exited: Promise<number>
}

/** Starts `moltnet` and leaves it running. */
export function startProgram(args: readonly string[], o: RunOptions = {}): Running {
  const child = Bun.spawn([...(o.under ?? []), ...PROGRAM, ...args], {
    ...(o.cwd === undefined ? {} : { cwd: o.cwd }),
    env: cleanEnv(o.env),
    stdin: 'ignore',
    stdout: 'ignore',
    stderr: 'pipe',
  })
  let log = ''
  const read = (async () => {
    const decoder = new TextDecoder()
    for await (const chunk of child.stderr) log += decoder.decode(chunk, { stream: true })
  })()
  return {
    pid: child.pid,
    log: () => log,
    kill: (signal = 'SIGTERM') => child.kill(signal),
    exited: child.exited,
    async [Symbol.asyncDispose]() {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL')
      await child.exited
      await read
    },
  }
}
