import { readFileSync } from 'node:fs'

/** Resident memory of a process in megabytes, from `/proc`, which only Linux has. */
export function residentMb(pid: number): number {
  const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
  if (kilobytes === undefined) throw new Error(`process ${pid} has no memory any more`)
  return (Number(kilobytes) * 1_024) / 1e6
}
