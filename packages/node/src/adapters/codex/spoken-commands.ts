import { excerpt } from '../program.ts'

/** A shell command of a turn, as `codex exec --json` reports it. */
export interface CodexCommand {
  id: string
  command: string
  /** Null while it runs. */
  exit_code: number | null
  aggregated_output: string
}

/** Watches the commands by which the agent speaks: a turn ends well whether they succeeded or not. */
export interface SpokenCommands {
  started(command: CodexCommand): void
  completed(command: CodexCommand): void
  /** What kept the agent from speaking, for people. Empty when nothing did. */
  warnings(): string[]
}

/**
 * Watches one turn. Codex gives no end of a command that runs longer than the agent waits for it, as a
 * `moltnet send` does that tries to reach the server from a sandbox without network.
 */
export function watchSpokenCommands(): SpokenCommands {
  const running = new Set<string>()
  const failed: string[] = []
  const speaks = ({ command }: CodexCommand) => /\bmoltnet\b/.test(command)
  return {
    started(command) {
      if (speaks(command)) running.add(command.id)
    },
    completed(command) {
      running.delete(command.id)
      if (!speaks(command) || command.exit_code === 0) return
      const said = excerpt(command.aggregated_output)
      failed.push(`moltnet ended with code ${command.exit_code} in Codex's shell${said && `: ${said}`}`)
    },
    warnings() {
      if (running.size === 0) return failed
      return [
        ...failed,
        'the turn ended while moltnet was still running in its shell: does the sandbox that runtime.args chose let it reach the server?',
      ]
    },
  }
}
