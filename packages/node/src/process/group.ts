import { readFileSync, readdirSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { NODE_LIMITS } from '../limits.ts'

/** How often a group that was told to end is looked at. */
const POLL_MS = 20

/**
 * When the running process `pid` started, in a form that only serves to be compared: the same pid with
 * another start time is another process. Undefined when no such process runs (a zombie does not), or
 * the system cannot tell.
 */
export function startTimeOf(pid: number): string | undefined {
  if (process.platform === 'win32') return undefined
  if (process.platform === 'linux') {
    const stat = readStat(pid)
    return stat && isRunning(stat) ? `${bootId()}/${stat.startTicks}` : undefined
  }
  const ps = Bun.spawnSync(['ps', '-o', 'stat=,lstart=', '-p', String(pid)], {
    env: { PATH: process.env.PATH ?? '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' },
  })
  const [, state, started] = /^\s*(\S+)\s+(.+?)\s*$/.exec(ps.stdout.toString()) ?? []
  return state?.startsWith('Z') ? undefined : started
}

/** Sends a signal to every process of a group. False when the group does not exist any more. */
export function signalGroup(pgid: number, signal: 'SIGTERM' | 'SIGKILL'): boolean {
  if (process.platform === 'win32') {
    return Bun.spawnSync(['taskkill', '/pid', String(pgid), '/t', '/f']).exitCode === 0
  }
  return kill(-pgid, signal)
}

/** The processes of a group that still run; zombies are not among them. Linux only, else empty. */
export function groupMembers(pgid: number): number[] {
  if (process.platform !== 'linux') return []
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => Number.isInteger(pid) && runsInGroup(pid, pgid))
}

/**
 * Ends a process group: TERM, then KILL after `graceMs`. Resolves true as soon as nothing of it runs
 * any more, false when something is still there `NODE_LIMITS.killedMs` after the KILL.
 */
export async function endGroup(pgid: number, graceMs: number = NODE_LIMITS.killGraceMs): Promise<boolean> {
  if (!signalGroup(pgid, 'SIGTERM')) return true
  if (await groupGone(pgid, graceMs)) return true
  if (!signalGroup(pgid, 'SIGKILL')) return true
  return await groupGone(pgid, NODE_LIMITS.killedMs)
}

async function groupGone(pgid: number, withinMs: number): Promise<boolean> {
  const deadline = performance.now() + withinMs
  let known: number[] = []
  for (;;) {
    if (!kill(process.platform === 'win32' ? pgid : -pgid, 0)) return true
    if (process.platform === 'linux') {
      // Zombies answer signals too, so their state decides. All of /proc is read again only when the
      // members seen last are gone.
      known = known.filter((pid) => runsInGroup(pid, pgid))
      if (known.length === 0) known = groupMembers(pgid)
      if (known.length === 0) return true
    }
    if (performance.now() >= deadline) return false
    await delay(POLL_MS)
  }
}

/** False when nothing could take the signal: gone, or not ours to signal. */
function kill(pid: number, signal: 'SIGTERM' | 'SIGKILL' | 0): boolean {
  try {
    process.kill(pid, signal)
    return true
  } catch {
    return false
  }
}

function runsInGroup(pid: number, pgid: number): boolean {
  const stat = readStat(pid)
  return stat !== undefined && stat.pgid === pgid && isRunning(stat)
}

function isRunning({ state }: ProcessStat): boolean {
  return state !== 'Z' && state !== 'X'
}

interface ProcessStat {
  state: string
  pgid: number
  /** Start time in clock ticks since boot. */
  startTicks: string
}

/** Fields 3, 5 and 22 of `/proc/<pid>/stat` (proc(5)); the name in field 2 may hold spaces and brackets. */
function readStat(pid: number): ProcessStat | undefined {
  let text: string
  try {
    text = readFileSync(`/proc/${pid}/stat`, 'utf8')
  } catch {
    return undefined
  }
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  const [state, , pgid] = fields
  const startTicks = fields[19]
  if (state === undefined || pgid === undefined || startTicks === undefined) return undefined
  return { state, pgid: Number(pgid), startTicks }
}

let cachedBootId: string | undefined

/** Start times count from boot, so they need to name it. */
function bootId(): string {
  cachedBootId ??= readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
  return cachedBootId
}
