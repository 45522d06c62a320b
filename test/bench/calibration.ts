import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { compileEntry } from '../../scripts/build.ts'
import type { ClosedLoopResult } from './load/closed-loop.ts'
import type { LoadParameters } from './load/parameters.ts'
import { attachFleet, runLoad } from './run-load.ts'
import { cpuSeconds, freePort } from './server-process.ts'

// What the machine can do at this moment without Moltnet. Taken in the same run as the figures that stand beside
// it: absolute figures belong to a machine and its neighbours, ratios do not.

const BARE_FANOUT = new URL('./load/bare-fanout.ts', import.meta.url).pathname

/** A bare `Bun.serve` that answers the parsed body. */
export interface Echo {
  perSecond: number
  p99Ms: number
  cpuSecondsPer1000: number
}

/** As many clients, as long a body, and no Moltnet: the ceiling of generator and machine. */
export async function echo(parameters: Partial<LoadParameters>): Promise<Echo> {
  await using bare = await bareEcho()
  const before = await cpuSeconds(bare.pid)
  const result = await runLoad<ClosedLoopResult>('echo', { ...parameters, port: bare.port })
  const spent = (await cpuSeconds(bare.pid)) - before
  const { perSecond, p99Ms, answered } = result
  return { perSecond, p99Ms, cpuSecondsPer1000: (spent * 1000) / answered }
}

/** The 99th percentile of a bare echo at a fixed rate, in milliseconds from the intended send. */
export async function openEchoP99Ms(parameters: Partial<LoadParameters>): Promise<number> {
  await using bare = await bareEcho()
  return (await runLoad<{ p99Ms: number }>('openEcho', { ...parameters, port: bare.port })).p99Ms
}

async function bareEcho() {
  const port = await freePort()
  const script = `Bun.serve({ hostname: '127.0.0.1', port: ${port}, fetch: async (request) => Response.json(await request.json()) })`
  return bareServer(port, ['-e', script])
}

/** Frames per second of a bare WebSocket server that writes eight frames per socket and turn and reads their ACKs. */
export async function bareFramesPerSecond(parameters: Partial<LoadParameters>): Promise<number> {
  const port = await freePort()
  await using _bare = await bareServer(port, [BARE_FANOUT, String(port), '8'])
  return (await runLoad<{ framesPerSecond: number }>('ceiling', { ...parameters, port })).framesPerSecond
}

/** Milliseconds until so many attachments are back at a server that only says READY. */
export async function bareStormMs(attachments: number): Promise<number> {
  const port = await freePort()
  await using _bare = await bareServer(port, [BARE_FANOUT, String(port), '0'])
  await using fleet = await attachFleet({ port, attachments })
  const { cutAt, backAt } = await fleet.ask<{ cutAt: number; backAt: number }>('storm')
  return backAt - cutAt
}

async function bareServer(
  port: number,
  args: string[],
): Promise<{ port: number; pid: number } & AsyncDisposable> {
  const child = Bun.spawn([process.execPath, ...args], { stdout: 'ignore', stderr: 'inherit' })
  await untilListening(port)
  return {
    port,
    pid: child.pid,
    async [Symbol.asyncDispose]() {
      child.kill()
      await child.exited
    },
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
