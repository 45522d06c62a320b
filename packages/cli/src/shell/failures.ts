import { note } from './io.ts'

/** Exit codes of every command. */
export const EXIT = { ok: 0, failed: 1, usage: 2 } as const

/** The command was called wrongly: exit 2, and the message says how to call it. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

/** The command failed for a reason the user can act on: exit 1 with just this message. */
export class CommandError extends Error {
  override readonly name = 'CommandError'
}

/**
 * Writes what went wrong to stderr and gives the exit code. Known errors are shown as their message;
 * anything else is a defect and is shown with its stack.
 */
export function report(error: unknown): number {
  if (error instanceof UsageError) {
    note(`moltnet: ${error.message}`)
    return EXIT.usage
  }
  if (error instanceof Error && isKnown(error)) {
    note(`moltnet: ${describe(error)}`)
    return EXIT.failed
  }
  note(
    `moltnet: unexpected error: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
  )
  return EXIT.failed
}

// Named rather than imported: the classes live in packages that most commands never load.
const KNOWN = new Set([
  'CommandError',
  'ConfigError',
  'HttpError',
  'TransportError',
  'MoltnetError',
  'PreflightError',
  'StoreOpenError',
  'StoreFailed',
  'ListenError',
  'AttachmentChoiceError',
  'OwnedElsewhereError',
  'NodeNotRunningError',
  'NodeAnswerError',
])

function isKnown(error: Error): boolean {
  return KNOWN.has(error.name) || typeof (error as NodeJS.ErrnoException).syscall === 'string'
}

function describe(error: Error): string {
  const details = error as { status?: number; requestId?: string }
  const status =
    error.name === 'HttpError' && details.status
      ? ` (HTTP ${details.status}${details.requestId ? `, request ${details.requestId}` : ''})`
      : ''
  return error.message + status
}
