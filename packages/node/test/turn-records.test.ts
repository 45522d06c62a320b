import { afterEach, describe, expect, test } from 'bun:test'
import { readdirSync, writeFileSync } from 'node:fs'
import { startTimeOf } from '../src/process/group.ts'
import { claimOwnership, OwnedElsewhereError } from '../src/state/owner.ts'
import { TURN_VARIABLE, TurnRecords } from '../src/state/turn-records.ts'
import { isRunning, pidIn, tempFolder, until } from './support/temp.ts'
import type { TempFolder } from './support/temp.ts'

const strays: Bun.Subprocess[] = []

afterEach(() => {
  for (const child of strays.splice(0)) {
    try {
      process.kill(-child.pid, 'SIGKILL')
    } catch {
      child.kill('SIGKILL')
    }
  }
})

function start(script: string, env: Record<string, string> = {}): Bun.Subprocess {
  const child = Bun.spawn(['/bin/sh', '-c', script], {
    detached: true,
    env: { PATH: '/usr/bin:/bin', ...env },
    stdout: 'ignore',
  })
  strays.push(child)
  return child
}

function records(folder: TempFolder): TurnRecords {
  return new TurnRecords(folder.join('turns'))
}

describe('leftover turns', () => {
  test('are ended with their children by the next process', async () => {
    using folder = tempFolder()
    const child = start('trap "" TERM; sleep 60 & wait; sleep 60')
    records(folder).open(child.pid, 'turn-1')
    expect(await records(folder).endLeftovers()).toBe(1)
    expect(isRunning(child.pid)).toBe(false)
    expect(readdirSync(folder.join('turns'))).toEqual([])
  })

  test('that ended normally leave no record', async () => {
    using folder = tempFolder()
    const child = start('sleep 60')
    const forget = records(folder).open(child.pid, 'turn-1')
    forget()
    expect(await records(folder).endLeftovers()).toBe(0)
    expect(isRunning(child.pid)).toBe(true)
  })

  test('whose number now belongs to another process are left alone', async () => {
    using folder = tempFolder()
    const stranger = start('sleep 60')
    const turns = records(folder)
    const record = { pgid: stranger.pid, started: `${startTimeOf(stranger.pid)}0`, turn: 'turn-1' }
    writeFileSync(folder.join('turns', 'turn-1.json'), JSON.stringify(record))
    expect(await turns.endLeftovers()).toBe(0)
    expect(isRunning(stranger.pid)).toBe(true)
    expect(readdirSync(folder.join('turns'))).toEqual([])
  })

  test.if(process.platform === 'linux')(
    'whose first process is gone are known by the turn in their environment',
    async () => {
      using folder = tempFolder()
      const left = start('sleep 60 & exit 0', { [TURN_VARIABLE]: 'turn-1' })
      const foreign = start('sleep 60 & exit 0', { [TURN_VARIABLE]: 'turn-other' })
      records(folder).open(left.pid, 'turn-1')
      records(folder).open(foreign.pid, 'turn-2')
      await Promise.all([left.exited, foreign.exited])
      expect(await records(folder).endLeftovers()).toBe(1)
      expect(() => process.kill(-foreign.pid, 0)).not.toThrow()
      await until('the end of the left group', () => !groupRuns(left.pid))
    },
  )

  test('recorded in a torn or foreign file are forgotten', async () => {
    using folder = tempFolder()
    const turns = records(folder)
    writeFileSync(folder.join('turns', 'torn.json'), '{"pgid": 12')
    writeFileSync(folder.join('turns', 'init.json'), JSON.stringify({ pgid: 1, started: 'x', turn: 'x' }))
    expect(await turns.endLeftovers()).toBe(0)
    expect(readdirSync(folder.join('turns'))).toEqual([])
  })
})

describe('ownership of an attachment', () => {
  test('is refused while another process lives that has it, and given when that is gone', async () => {
    using folder = tempFolder()
    const path = folder.join('a', 'owner.json')
    const other = start('sleep 60')
    claimOwnership(path)()
    writeFileSync(path, JSON.stringify({ pid: other.pid, started: startTimeOf(other.pid) }))
    expect(() => claimOwnership(path)).toThrow(OwnedElsewhereError)
    other.kill('SIGKILL')
    await other.exited
    const release = claimOwnership(path)
    expect(() => claimOwnership(path)).toThrow(`process ${process.pid}`)
    release()
    claimOwnership(path)()
  })

  test('is given when the other process is dead, although nobody has collected it', async () => {
    using folder = tempFolder()
    const path = folder.join('owner.json')
    // The shell never waits for its child, which so becomes a zombie.
    const parent = start(`sleep 60 & echo $! > ${folder.path}/pid; exec sleep 60`)
    const pid = await pidIn(folder.join('pid'))
    writeFileSync(path, JSON.stringify({ pid, started: startTimeOf(pid) }))
    expect(() => claimOwnership(path)).toThrow(OwnedElsewhereError)
    process.kill(pid, 'SIGKILL')
    await until('the end of the process', () => !isRunning(pid))
    expect(() => process.kill(pid, 0)).not.toThrow()
    claimOwnership(path)()
    expect(parent.exitCode).toBeNull()
  })

  test('is taken from a torn file and from a recycled process number', () => {
    using folder = tempFolder()
    const path = folder.join('owner.json')
    writeFileSync(path, '{"pid":')
    claimOwnership(path)()
    writeFileSync(path, JSON.stringify({ pid: process.ppid, started: 'another time' }))
    claimOwnership(path)()
  })
})

function groupRuns(pgid: number): boolean {
  const ps = Bun.spawnSync(['ps', '-e', '-o', 'pgid=,stat=']).stdout.toString()
  return ps.split('\n').some((line) => {
    const [group, state] = line.trim().split(/\s+/)
    return Number(group) === pgid && !state?.startsWith('Z')
  })
}
