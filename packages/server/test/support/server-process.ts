import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { deadline } from './wait.ts'

/** A server in a process of its own. */
export interface ServerProcess {
  readonly url: string
  /** Ends it at once, as a power cut would end a process. */
  kill(): Promise<void>
}

/** Starts a server on the database in `folder`. */
export async function startProcess(folder: string, config: object): Promise<ServerProcess> {
  const child = Bun.spawn(
    [process.execPath, `${import.meta.dir}/server-main.ts`, folder, JSON.stringify(config)],
    {
      stdin: 'ignore',
      stdout: 'pipe',
      stderr: 'inherit',
    },
  )
  const reader = child.stdout.getReader()
  const url = await deadline(async () => {
    let text = ''
    while (!text.includes('\n')) {
      const { value, done } = await reader.read()
      if (done) throw new Error('the server ended')
      text += new TextDecoder().decode(value)
    }
    return text.trim()
  }, 'a server process')
  return {
    url,
    async kill() {
      child.kill('SIGKILL')
      await child.exited
    },
  }
}

/** Servers in processes of their own on one database, in a folder that goes with them. */
export class ServerProcesses implements AsyncDisposable {
  readonly folder = mkdtempSync(join(tmpdir(), 'moltnet-process-'))
  readonly #config: object
  readonly #started: ServerProcess[] = []

  constructor(config: object) {
    this.#config = config
  }

  async start(): Promise<ServerProcess> {
    const process = await startProcess(this.folder, this.#config)
    this.#started.push(process)
    return process
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#started.map((process) => process.kill()))
    rmSync(this.folder, { recursive: true, force: true })
  }
}
