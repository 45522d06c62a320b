import { z } from 'zod'
import { NODE_LIMITS } from '../../limits.ts'
import type { Adapter, DeliveryOutcome, Session, Wake } from '../adapter.ts'
import { describeExit, excerpt, outcomeWithoutExit, parseJsonLine } from '../program.ts'
import { lookAtProgram } from '../program-health.ts'
import type { ProgramAdapterOptions, ProgramResult, ProgramRun } from '../program.ts'
import { watchSpokenCommands } from './spoken-commands.ts'

const INSTALL = 'install Codex with `npm install -g @openai/codex`, or set runtime.command to its path'

/** Lets the agent write in its workspace. */
const SANDBOX = ['-s', 'workspace-write']
const SANDBOX_ARGUMENT = /^(-s|--sandbox|--full-auto|--dangerously-bypass-approvals-and-sandbox|--yolo)/

/** Settings that `moltnet send` needs, each left alone when the operator's arguments name it. */
const SETTINGS = {
  'sandbox_workspace_write.network_access': 'true',
  // A login shell reads /etc/profile, which on Debian sets PATH anew: our `moltnet` would be lost.
  allow_login_shell: 'false',
} as const

/** Codex takes any other name for a new thread without saying so. */
const THREAD_ID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i

const Command = z.object({
  type: z.literal('command_execution'),
  id: z.string(),
  command: z.string(),
  exit_code: z.number().nullable(),
  aggregated_output: z.string(),
})

/** The lines of `codex exec --json` that matter; all others are skipped. */
const CodexLine = z.discriminatedUnion('type', [
  z.object({ type: z.literal('thread.started'), thread_id: z.string().min(1) }),
  z.object({ type: z.literal('turn.completed') }),
  z.object({ type: z.literal('turn.failed'), error: z.object({ message: z.string() }).optional() }),
  // Also "Reconnecting… 1/5": not the end of the turn.
  z.object({ type: z.literal('error'), message: z.string() }),
  z.object({ type: z.literal('item.started'), item: Command }),
  z.object({
    type: z.literal('item.completed'),
    item: z.discriminatedUnion('type', [
      Command,
      z.object({ type: z.literal('agent_message'), text: z.string() }),
      z.object({ type: z.literal('error'), message: z.string() }),
    ]),
  }),
])

/**
 * Codex, one `codex exec` per turn. Codex makes the thread id; it is kept as soon as it is known, so that
 * a turn that was cut off goes on in the same thread.
 */
export function createCodexAdapter(program: ProgramAdapterOptions): Adapter {
  const { launch, run } = program
  const options = execOptions(launch.args)

  return {
    async deliver(wake: Wake, session: Session, signal: AbortSignal): Promise<DeliveryOutcome> {
      const base = { signal, onStarted: wake.started }
      const fresh = () => {
        const stdin = wake.prompt('fresh')
        return runCodex(run, session, { ...base, stdin, args: [...options, '-'] })
      }
      const id = session.runtimeId
      if (id === undefined || !THREAD_ID.test(id)) return judge(await fresh())

      const stdin = wake.prompt('known')
      const resumed = await runCodex(run, session, { ...base, stdin, args: [...options, 'resume', id, '-'] })
      if (!isUnknownThread(resumed)) return judge(resumed, id)
      session.forget()
      return judge(await fresh())
    },
    diagnose: (look) => lookAtProgram(program, { install: INSTALL, versionArgs: ['--version'] }, look),
    async close() {},
  }
}

/** Options of `exec`; they must stand before `resume`. What the operator settled is left alone. */
function execOptions(args: readonly string[]): string[] {
  const sandbox = args.some((arg) => SANDBOX_ARGUMENT.test(arg)) ? [] : SANDBOX
  const settings = Object.entries(SETTINGS)
    .filter(([key]) => !args.some((arg) => arg.includes(key)))
    .flatMap(([key, value]) => ['-c', `${key}=${value}`])
  return ['exec', ...args, '--json', '--skip-git-repo-check', ...sandbox, ...settings]
}

interface CodexRun {
  process: ProgramResult
  threadId: string | undefined
  completed: boolean
  text: string
  error: string | undefined
  warnings: string[]
}

async function runCodex(
  run: (o: ProgramRun) => Promise<ProgramResult>,
  session: Session,
  options: ProgramRun,
): Promise<CodexRun> {
  const seen = {
    threadId: undefined as string | undefined,
    completed: false,
    text: '',
    error: undefined as string | undefined,
    warnings: [] as string[],
  }
  const commands = watchSpokenCommands()
  const onLine = (line: string) => {
    const event = CodexLine.safeParse(parseJsonLine(line)).data
    if (event === undefined) return
    switch (event.type) {
      case 'thread.started':
        seen.threadId = event.thread_id
        session.remember(event.thread_id)
        break
      case 'turn.completed':
        seen.completed = true
        break
      case 'turn.failed':
        seen.error = event.error?.message ?? seen.error
        break
      case 'error':
        seen.error = event.message
        break
      case 'item.started':
        commands.started(event.item)
        break
      case 'item.completed':
        if (event.item.type === 'agent_message') seen.text = event.item.text
        else if (event.item.type === 'command_execution') commands.completed(event.item)
        else if (seen.warnings.length < NODE_LIMITS.warnings) seen.warnings.push(excerpt(event.item.message))
        break
    }
  }
  const process = await run({ ...options, onLine })
  const warnings = [...commands.warnings(), ...seen.warnings].slice(0, NODE_LIMITS.warnings)
  return { process, ...seen, warnings }
}

function isUnknownThread({ process }: CodexRun): boolean {
  return process.type === 'exited' && process.code !== 0 && process.stderr.includes('no rollout found')
}

function judge(turn: CodexRun, askedFor?: string): DeliveryOutcome {
  const { process } = turn
  if (process.type !== 'exited') return outcomeWithoutExit(process, INSTALL)
  if (process.code !== 0 && process.stderr.includes('active writer')) {
    return {
      type: 'retry',
      reason: 'busy',
      error: 'another Codex process is writing in this session',
      retryAfterMs: NODE_LIMITS.busyRetryMs,
    }
  }
  const warnings = [...turn.warnings]
  if (askedFor !== undefined && turn.threadId !== undefined && turn.threadId !== askedFor) {
    warnings.push(`Codex went on in thread ${turn.threadId} instead of ${askedFor}`)
  }
  if (process.code === 0 && turn.completed) return { type: 'delivered', text: turn.text.trim(), warnings }
  const said = turn.error === undefined ? describeExit(process) : excerpt(turn.error)
  const error =
    process.code === 0 && turn.error === undefined ? 'codex ended without completing the turn' : said
  return { type: 'failed', reason: 'failed', error, warnings }
}
