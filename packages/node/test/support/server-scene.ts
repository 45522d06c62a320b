import { fileURLToPath } from 'node:url'
import type { RuntimeScene } from '../adapter-contract.ts'
import { note } from './fake-model.ts'
import type { TempFolder } from './temp.ts'

/** A fake runtime that is a server in a process of its own. */
export interface ServerSceneOptions {
  /** A script of this folder that calls {@link announce}. */
  script: string
  /** What the script reads with {@link optionsOfScene}. */
  options?: Record<string, unknown>
  /** `runtime` of the attachment, given where the server listens. */
  runtime(port: number): Record<string, unknown>
  loseSessions?(): void
}

/** Fake server that a test can stop and start at the same port. */
export interface ServerScene extends RuntimeScene {
  readonly port: number
  stop(): Promise<void>
  start(): Promise<void>
  close(): Promise<void>
}

/** Starts a fake server. It notes what it does in the run log of the folder. */
export async function serverScene(folder: TempFolder, setup: ServerSceneOptions): Promise<ServerScene> {
  let server = await startServer(folder, setup, 0)
  const { port } = server
  const stop = async () => {
    server.process.kill('SIGKILL')
    await server.process.exited
  }
  return {
    port,
    runtime: setup.runtime(port),
    stop,
    async start() {
      if (server.process.exitCode === null && server.process.signalCode === null) return
      server = await startServer(folder, setup, port)
    },
    loseSessions: () => setup.loseSessions?.(),
    close: stop,
  }
}

async function startServer(folder: TempFolder, { script, options }: ServerSceneOptions, port: number) {
  const path = fileURLToPath(new URL(`./${script}`, import.meta.url))
  const child = Bun.spawn([process.execPath, path], {
    env: {
      PATH: process.env.PATH,
      FAKE_LOG: folder.join('log'),
      FAKE_FOLDER: folder.path,
      FAKE_PORT: String(port),
      FAKE_OPTIONS: JSON.stringify(options ?? {}),
    },
    stdout: 'pipe',
    stderr: 'inherit',
  })
  for await (const chunk of child.stdout) {
    const listening = /listening on (\d+)/.exec(Buffer.from(chunk).toString())
    if (listening) return { process: child, port: Number(listening[1]) }
  }
  throw new Error(`${script} ended before it listened`)
}

/** In a fake server: tells the scene where it listens, and ends with the scene. */
export function announce(port: number | undefined): void {
  process.stdout.write(`listening on ${port}\n`)
  note('listening')
  const parent = process.ppid
  setInterval(() => process.ppid !== parent && process.exit(0), 500).unref()
}

/** In a fake server: the port that it has to take, 0 for any. */
export function portOfScene(): number {
  return Number(process.env.FAKE_PORT ?? 0)
}

/** In a fake server: its options. */
export function optionsOfScene<T>(): Partial<T> {
  return JSON.parse(process.env.FAKE_OPTIONS ?? '{}') as Partial<T>
}

/** In a fake server: a file that outlives it. */
export function fileOfScene(name: string): string {
  return `${process.env.FAKE_FOLDER}/${name}`
}
