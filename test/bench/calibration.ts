import { compileEntry } from '../../scripts/build.ts'
import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from './server-process.ts'
import { runLoad } from './run-load.ts'

/** Requests per second of a bare `Bun.serve` that answers the parsed body: the ceiling of generator and machine. */
export async function echoPerSecond(clients: number, seconds: number): Promise<number> {
  const port = await freePort()
  const script = `Bun.serve({ hostname: '127.0.0.1', port: ${port}, fetch: async (request) => Response.json(await request.json()) })`
  const child = Bun.spawn([process.execPath, '-e', script], { stdout: 'ignore', stderr: 'inherit' })
  try {
    await untilListening(port)
    const result = await runLoad<{ perSecond: number }>('echo', {
      port,
      clients,
      seconds,
      warmupSeconds: 0.5,
      frameBytes: 600,
    })
    return result.perSecond
  } finally {
    child.kill()
    await child.exited
  }
}

/** Frames per second of a bare WebSocket server that writes eight frames per socket and turn and reads their ACKs. */
export async function bareFramesPerSecond(attachments: number, seconds: number): Promise<number> {
  const port = await freePort()
  const child = Bun.spawn(
    [process.execPath, new URL('./load/bare-fanout.ts', import.meta.url).pathname, String(port)],
    {
      stdout: 'ignore',
      stderr: 'inherit',
    },
  )
  try {
    await untilListening(port)
    const result = await runLoad<{ framesPerSecond: number }>('ceiling', {
      port,
      attachments,
      seconds,
      warmupSeconds: 1,
      frameBytes: 600,
    })
    return result.framesPerSecond
  } finally {
    child.kill()
    await child.exited
  }
}

/** How often a bare loop can append 600 bytes to a file and fsync it, per second. */
export async function fsyncPerSecond(seconds: number): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'moltnet-fsync-'))
  const file = openSync(join(folder, 'probe'), 'w')
  const block = Buffer.alloc(600, 120)
  const end = performance.now() + seconds * 1000
  let count = 0
  for (; performance.now() < end; count++) {
    writeSync(file, block)
    fsyncSync(file)
  }
  closeSync(file)
  await rm(folder, { recursive: true })
  return count / seconds
}

/** A program that prints a line, compiled like ours. */
export async function emptyProgram(): Promise<{ path: string } & AsyncDisposable> {
  const folder = await mkdtemp(join(tmpdir(), 'moltnet-empty-'))
  const source = join(folder, 'empty.ts')
  await Bun.write(source, 'process.stdout.write("0.1.0\\n")\n')
  const path = join(folder, 'empty')
  const build = Bun.spawn(compileEntry(source, path), { stdout: 'ignore', stderr: 'inherit' })
  if ((await build.exited) !== 0) throw new Error('the empty program does not compile')
  return { path, [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) }
}

async function untilListening(port: number): Promise<void> {
  for (let tries = 0; tries < 500; tries++) {
    if (await fetch(`http://127.0.0.1:${port}/`, { method: 'POST', body: '{}' }).catch(() => undefined))
      return
    await Bun.sleep(10)
  }
  throw new Error('the calibration server does not listen')
}
