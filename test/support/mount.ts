import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Runs `mount` and says whether it worked. */
export function mount(...options: string[]): boolean {
  return Bun.spawnSync(['mount', ...options], { stderr: 'ignore' }).success
}

/** Takes a mounted folder away again; nothing happens when none is mounted there. */
export function unmount(folder: string): void {
  Bun.spawnSync(['umount', folder], { stderr: 'ignore' })
}

/** Whether this process may mount a disk in memory: on Linux as root, found out by doing it. */
export function canMount(): boolean {
  if (process.platform !== 'linux') return false
  const probe = mkdtempSync(join(tmpdir(), 'moltnet-mount-'))
  const mounted = mount('-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', probe)
  if (mounted) unmount(probe)
  rmSync(probe, { recursive: true })
  return mounted
}
