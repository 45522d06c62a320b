import { afterEach, describe, expect, test } from 'bun:test'
import { existsSync, readFileSync } from 'node:fs'
import { endGroup, groupMembers, startTimeOf } from '../src/process/group.ts'
import { runChild } from '../src/process/run-child.ts'
import type { ChildOptions } from '../src/process/run-child.ts'
import { isRunning, pidIn, tempFolder } from './support/temp.ts'

const strays: number[] = []

afterEach(() => {
  for (const pid of strays.splice(0)) {
    try {
      process.kill(pid, 'SIGKILL')
    } catch {
      // Gone, as it should be.
    }
  }
})

function sh(script: string, options: Partial<ChildOptions> = {}) {
  return runChild({
    command: ['/bin/sh', '-c', script],
    cwd: '/',
    env: { PATH: '/usr/bin:/bin' },
    stdin: '',
    signal: new AbortController().signal,
    ...options,
  })
}

async function strayIn(path: string): Promise<number> {
  const pid = await pidIn(path)
  strays.push(pid)
  return pid
}

describe('a program that ends by itself', () => {
  test('gives its exit code, its output and the end of its error output', async () => {
    const result = await sh('cat; echo oops >&2; exit 3', { stdin: 'prompt ü' })
    expect(result).toEqual({
      type: 'exited',
      code: 3,
      signal: null,
      stdout: 'prompt ü',
      dropped: 0,
      stderr: 'oops\n',
    })
  })

  test('is told apart from one that was killed', async () => {
    expect(await sh('kill -9 $$')).toMatchObject({ type: 'exited', code: null, signal: 'SIGKILL' })
  })

  test('that cannot be started says why', async () => {
    const result = await sh('', { command: ['/nowhere/at-all'] })
    expect(result).toMatchObject({ type: 'not_started', error: expect.stringContaining('ENOENT') })
  })

  test('may close its stdin without reading a big prompt', async () => {
    const result = await sh('exec 0<&-; sleep 0.1; exit 5', { stdin: 'x'.repeat(5_000_000) })
    expect(result).toMatchObject({ type: 'exited', code: 5 })
  })

  test('has nothing of the environment but what it is given', async () => {
    const result = await sh('/usr/bin/env', { env: { PATH: '/bin', ONLY: 'this' } })
    const names = result.type === 'exited' ? result.stdout.split('\n').map((line) => line.split('=')[0]) : []
    expect(names).toContain('ONLY')
    expect(names).not.toContain('HOME')
  })
})

describe('output', () => {
  test('of 400 MB is read to its end and kept up to the cap, in bounded memory', async () => {
    const before = process.memoryUsage.rss()
    let highest = 0
    const watch = setInterval(() => (highest = Math.max(highest, process.memoryUsage.rss())), 10)
    const result = await sh('head -c 400000000 /dev/zero', { stdoutBytes: 1000 })
    clearInterval(watch)
    expect(result).toMatchObject({ type: 'exited', code: 0, dropped: 400_000_000 - 1000 })
    expect(highest - before).toBeLessThan(150_000_000)
  }, 60_000)

  test('comes line by line; a line that is too long is skipped and the next one is whole', async () => {
    const lines: string[] = []
    await sh(`printf 'one\\r\\n\\n'; head -c 9000000 /dev/zero | tr '\\0' x; printf '\\nlast'`, {
      onLine: (line) => lines.push(line),
    })
    expect(lines).toEqual(['one', '', 'last'])
  })
})

describe('the process group', () => {
  test('is ended with TERM on abort', async () => {
    const abort = new AbortController()
    const result = sh('trap "exit 0" TERM; sleep 60 & wait', {
      signal: abort.signal,
      onSpawn: () => setTimeout(() => abort.abort(), 50),
    })
    expect(await result).toEqual({ type: 'aborted' })
  })

  test('is ended with KILL when TERM is ignored, grandchildren included', async () => {
    using folder = tempFolder()
    const abort = new AbortController()
    const result = sh(`trap '' TERM; (trap '' TERM; sleep 60) & echo $! > ${folder.path}/child; sleep 60`, {
      signal: abort.signal,
      killGraceMs: 100,
    })
    const child = await strayIn(folder.join('child'))
    abort.abort()
    expect(await result).toEqual({ type: 'aborted' })
    expect(isRunning(child)).toBe(false)
  })

  test('leaves nothing behind in it when the program ends by itself', async () => {
    using folder = tempFolder()
    const result = await sh(`sleep 60 & echo $! > ${folder.path}/child; echo done`)
    expect(result).toMatchObject({ type: 'exited', code: 0, stdout: 'done\n' })
    expect(isRunning(await strayIn(folder.join('child')))).toBe(false)
  })

  test('that a grandchild left may keep stdout open: reading stops one second after the end', async () => {
    using folder = tempFolder()
    const began = performance.now()
    const result = await sh(`setsid sleep 60 & echo $! > ${folder.path}/child; echo done`)
    expect(result).toMatchObject({ type: 'exited', code: 0, stdout: 'done\n' })
    expect(performance.now() - began).toBeWithin(900, 4000)
    expect(isRunning(await strayIn(folder.join('child')))).toBe(true)
  })

  test('is known to the caller before the prompt is written', async () => {
    using folder = tempFolder()
    const result = await sh(`cat > ${folder.path}/got`, {
      stdin: 'prompt',
      onSpawn: (pid) => {
        expect(startTimeOf(pid)).toBeString()
        expect(existsSync(folder.join('got')) && readFileSync(folder.join('got'), 'utf8') !== '').toBe(false)
      },
    })
    expect(result).toMatchObject({ type: 'exited', code: 0 })
    expect(readFileSync(folder.join('got'), 'utf8')).toBe('prompt')
  })

  test('ends, unprompted, when it cannot be recorded', async () => {
    using folder = tempFolder()
    const result = await sh(`cat > ${folder.path}/got; sleep 60`, {
      stdin: 'prompt',
      onSpawn: () => {
        throw new Error('disk full')
      },
    })
    expect(result).toEqual({ type: 'not_started', error: 'disk full' })
    expect(existsSync(folder.join('got')) && readFileSync(folder.join('got'), 'utf8') !== '').toBe(false)
  })

  test('is not started at all after an abort', async () => {
    const result = await sh('exit 0', {
      signal: AbortSignal.abort(),
      onSpawn: () => expect.unreachable(),
    })
    expect(result).toEqual({ type: 'aborted' })
  })
})

describe('start times', () => {
  test('are the same for one process and different for two', async () => {
    const child = Bun.spawn(['sleep', '60'])
    strays.push(child.pid)
    expect(startTimeOf(process.pid)).toBe(startTimeOf(process.pid) as string)
    expect(startTimeOf(child.pid)).not.toBe(startTimeOf(process.pid))
    child.kill()
    await child.exited
    expect(startTimeOf(child.pid)).toBeUndefined()
  })

  test('ending a group that is gone is done at once', async () => {
    const child = Bun.spawn(['true'], { detached: true })
    await child.exited
    expect(groupMembers(child.pid)).toEqual([])
    expect(await endGroup(child.pid)).toBe(true)
  })
})
