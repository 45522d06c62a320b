import type { AcpPermissions } from '@moltnet/config'
import { lonelyCommand } from './command-line.ts'
import type { PermissionRequest } from './wire.ts'

/** The answer to a request for permission. */
export interface PermissionAnswer {
  allowed: boolean
  outcome: { outcome: 'selected'; optionId: string } | { outcome: 'cancelled' }
}

/**
 * Answers a request by the configured policy, always at once. What is allowed is allowed this one time
 * where the agent offers that, so that it asks again.
 */
export function answerPermission(
  policy: AcpPermissions,
  { toolCall, options }: PermissionRequest,
): PermissionAnswer {
  const allowed = policy === 'allow' || (policy === 'moltnet' && runsMoltnet(toolCall))
  const kinds = allowed ? ['allow_once', 'allow_always'] : ['reject_once', 'reject_always']
  const option = kinds
    .map((kind) => options.find((candidate) => candidate.kind === kind))
    .find((candidate) => candidate !== undefined)
  if (option === undefined) return { allowed: false, outcome: { outcome: 'cancelled' } }
  return { allowed, outcome: { outcome: 'selected', optionId: option.optionId } }
}

/** Whether the request is for running `moltnet` and nothing else. */
function runsMoltnet({ kind, title, rawInput }: PermissionRequest['toolCall']): boolean {
  if (rawInput === undefined || rawInput === null) {
    // Gemini CLI gives the command as the title.
    return kind === 'execute' && typeof title === 'string' && lonelyCommand(title) === 'moltnet'
  }
  if (typeof rawInput !== 'object' || !('command' in rawInput)) return false
  const { command } = rawInput
  if (typeof command === 'string') return lonelyCommand(command) === 'moltnet'
  return Array.isArray(command) && isMoltnetArgv(command)
}

/** An argument vector, as it is or as the script of a shell (`["bash", "-lc", "moltnet …"]`). */
function isMoltnetArgv(argv: readonly unknown[]): boolean {
  if (argv[0] === 'moltnet') return true
  const [shell, flag, script, ...more] = argv
  return (
    typeof shell === 'string' &&
    /^(\/(usr\/)?bin\/)?(ba|z|da)?sh$/.test(shell) &&
    (flag === '-c' || flag === '-lc') &&
    typeof script === 'string' &&
    more.length === 0 &&
    lonelyCommand(script) === 'moltnet'
  )
}
