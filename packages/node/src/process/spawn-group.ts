import { messageOf } from '../errors.ts'

/** What to start. */
export interface SpawnGroupOptions {
  /** Program (absolute path) and arguments. */
  command: readonly string[]
  cwd: string
  /** The whole environment; nothing is inherited. */
  env: Readonly<Record<string, string>>
}

/** Starts a program in a process group of its own with three pipes, or says why it could not be started. */
export function spawnGroup(
  options: SpawnGroupOptions,
): Bun.Subprocess<'pipe', 'pipe', 'pipe'> | { type: 'not_started'; error: string } {
  try {
    return Bun.spawn({
      cmd: [...options.command],
      cwd: options.cwd,
      env: { ...options.env },
      stdin: 'pipe',
      stdout: 'pipe',
      stderr: 'pipe',
      detached: true,
    })
  } catch (error) {
    return { type: 'not_started', error: messageOf(error) }
  }
}
