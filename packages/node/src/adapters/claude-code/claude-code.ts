import { sessionUuid } from '@moltnet/protocol'
import { z } from 'zod'
import { NODE_LIMITS } from '../../limits.ts'
import type { Adapter, DeliveryOutcome, Session, Wake } from '../adapter.ts'
import { describeExit, excerpt, outcomeWithoutExit, parseJsonLine } from '../program.ts'
import { lookAtProgram } from '../program-health.ts'
import type { ProgramAdapterOptions, ProgramResult, ProgramRun } from '../program.ts'

const INSTALL =
  'install Claude Code with `npm install -g @anthropic-ai/claude-code`, or set runtime.command to its path'

/** Lets the agent speak: without it `claude -p` denies every command, and so `moltnet send`. */
const ALLOW_MOLTNET = ['--allowedTools', 'Bash(moltnet *)']

/** Arguments by which an operator settles the permissions. */
const PERMISSION_ARGUMENT =
  /^--(allowedTools|allowed-tools|permission-mode|dangerously-skip-permissions|tools|settings)(=|$)/

/** The `result` line of `--output-format json`; `subtype` is "success" even for a failed model call. */
const ResultLine = z.object({
  type: z.literal('result'),
  is_error: z.boolean(),
  result: z.string().optional(),
  session_id: z.string().optional(),
  errors: z.array(z.unknown()).optional(),
  permission_denials: z.array(z.object({ tool_name: z.string() })).optional(),
})
type ResultLine = z.infer<typeof ResultLine>

/**
 * Claude Code, one `claude -p` per turn. The session id is a UUID made from the session key; Claude takes
 * it once with `--session-id` and afterwards only with `--resume`, also when the first turn was killed. An id that
 * can be neither is left for a random one.
 */
export function createClaudeCodeAdapter(options: ProgramAdapterOptions): Adapter {
  const { launch, run } = options
  const permissions = launch.args.some((arg) => PERMISSION_ARGUMENT.test(arg)) ? [] : ALLOW_MOLTNET
  const own = [...launch.args, '-p', '--output-format', 'json', ...permissions]

  return {
    async deliver(wake: Wake, session: Session, signal: AbortSignal): Promise<DeliveryOutcome> {
      const { runtimeId } = session
      let id = runtimeId ?? (await sessionUuid(session.key))
      const turn = (flag: '--resume' | '--session-id', stdin: string): Promise<ClaudeRun> =>
        runClaude(run, { args: [...own, flag, id], stdin, signal, onStarted: wake.started })
      const resume = () => turn('--resume', wake.prompt('known'))
      const begin = () => turn('--session-id', wake.prompt('fresh'))

      let ended = runtimeId === undefined ? await begin() : await resume()
      if (runtimeId !== undefined && isUnknownSession(ended)) ended = await begin()
      if (isTakenSession(ended)) ended = await resume()
      if (isUnknownSession(ended)) {
        // Killed before it had written anything, Claude leaves an id that is taken and cannot be resumed.
        id = crypto.randomUUID()
        ended = await begin()
      }
      return judge(ended, session, id)
    },
    diagnose: (look) => lookAtProgram(options, { install: INSTALL, versionArgs: ['--version'] }, look),
    async close() {},
  }
}

interface ClaudeRun {
  process: ProgramResult
  result: ResultLine | undefined
}

async function runClaude(
  run: (o: ProgramRun) => Promise<ProgramResult>,
  options: ProgramRun,
): Promise<ClaudeRun> {
  let result: ResultLine | undefined
  const onLine = (line: string) => {
    result = readResult(parseJsonLine(line)) ?? result
  }
  const process = await run({ ...options, onLine })
  return { process, result }
}

/** With `--verbose` the output is one array of all events instead of the result alone. */
function readResult(value: unknown): ResultLine | undefined {
  const candidates: unknown[] = Array.isArray(value) ? value.toReversed() : [value]
  for (const candidate of candidates) {
    const line = ResultLine.safeParse(candidate)
    if (line.success) return line.data
  }
  return undefined
}

function isUnknownSession({ process }: ClaudeRun): boolean {
  return process.type === 'exited' && process.code !== 0 && process.stderr.includes('No conversation found')
}

function isTakenSession({ process }: ClaudeRun): boolean {
  return process.type === 'exited' && process.code !== 0 && process.stderr.includes('is already in use')
}

function judge({ process, result }: ClaudeRun, session: Session, id: string): DeliveryOutcome {
  if (process.type !== 'exited') return outcomeWithoutExit(process, INSTALL)
  const warnings = deniedTools(result)
  const failed = (error: string): DeliveryOutcome => ({ type: 'failed', reason: 'failed', error, warnings })
  if (result === undefined) {
    return failed(process.code === 0 ? 'claude ended without a result' : describeExit(process))
  }
  session.remember(id)
  if (result.is_error || process.code !== 0) {
    const said = excerpt(result.result ?? '') || excerpt(JSON.stringify(result.errors ?? ''))
    return failed(said || describeExit(process))
  }
  return { type: 'delivered', text: (result.result ?? '').trim(), warnings }
}

/** A turn that ends well may still have been kept from speaking. */
function deniedTools(result: ResultLine | undefined): string[] {
  const tools = new Set(result?.permission_denials?.map((denial) => denial.tool_name))
  return [...tools]
    .slice(0, NODE_LIMITS.warnings)
    .map((tool) => `Claude Code denied the use of ${tool}: allow it in runtime.args with --allowedTools`)
}
