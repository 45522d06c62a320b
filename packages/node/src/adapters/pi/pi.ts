import { sessionUuid } from '@moltnet/protocol'
import type { Adapter, DeliveryOutcome, Session, Wake } from '../adapter.ts'
import { describeExit, excerpt, outcomeWithoutExit } from '../program.ts'
import { lookAtProgram } from '../program-health.ts'
import type { ExitedProgram, ProgramAdapterOptions } from '../program.ts'

const INSTALL =
  'install Pi with `npm install -g @earendil-works/pi-coding-agent`, or set runtime.command to its path'

/** Loads the skills of the workspace, `moltnet` among them, without asking. */
const APPROVE = '--approve'

/** Arguments by which an operator settles whether the workspace is trusted. */
const APPROVE_ARGUMENT = /^(-a|--approve|-na|--no-approve)$/

/**
 * Pi, one `pi -p` per turn. The session id is a UUID made from the session key. Always `--session-id`,
 * which opens or creates: `--session` ends with 0 and without a turn when another folder has the id.
 */
export function createPiAdapter(options: ProgramAdapterOptions): Adapter {
  const { launch, run } = options
  const approve = launch.args.some((arg) => APPROVE_ARGUMENT.test(arg)) ? [] : [APPROVE]
  const own = [...launch.args, '-p', ...approve, '--session-id']

  return {
    async deliver(wake: Wake, session: Session, signal: AbortSignal): Promise<DeliveryOutcome> {
      const state = session.runtimeId === undefined ? 'fresh' : 'known'
      const id = await sessionUuid(session.key)
      const stdin = wake.prompt(state)
      const result = await run({ args: [...own, id], stdin, signal, onStarted: wake.started })
      if (result.type !== 'exited') return outcomeWithoutExit(result, INSTALL)
      if (result.code !== 0) {
        return { type: 'failed', reason: 'failed', error: describeExit(result), warnings: [] }
      }
      const lost = state === 'known' && isNewSession(result)
      // The next wake is then introduced like a first one.
      if (lost) session.forget()
      else session.remember(id)
      return { type: 'delivered', text: result.stdout.trim(), warnings: warningsOf(result, lost) }
    },
    diagnose: (look) => lookAtProgram(options, { install: INSTALL, versionArgs: ['--version'] }, look),
    async close() {},
  }
}

function isNewSession({ stderr }: ExitedProgram): boolean {
  return stderr.includes('creating a new session with that id')
}

function warningsOf({ stdout, dropped, stderr }: ExitedProgram, lost: boolean): string[] {
  const warnings: string[] = []
  if (lost) warnings.push('Pi no longer knew the session of this conversation and began a new one')
  if (dropped > 0) warnings.push(`${dropped} bytes of output were dropped`)
  if (stdout.trim() === '' && stderr.trim() !== '') warnings.push(`Pi said nothing: ${excerpt(stderr)}`)
  return warnings
}
