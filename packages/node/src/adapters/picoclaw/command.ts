import type { PicoclawRuntime } from '@moltnet/config'
import { chatId } from '@moltnet/protocol'
import { NODE_LIMITS } from '../../limits.ts'
import type { Adapter, DeliveryOutcome, Session, Wake } from '../adapter.ts'
import { describeExit, outcomeWithoutExit } from '../program.ts'
import type { ExitedProgram, ProgramAdapterOptions } from '../program.ts'
import { lookAtProgram } from '../program-health.ts'
import { messageCalls } from './session-file.ts'

type CommandRuntime = Extract<PicoclawRuntime, { via: 'command' }>

const INSTALL = 'install PicoClaw, or set runtime.command to its path'

/** Stands before the answer, on a line of its own. */
const LOGO = /(?:^|\n)🦞 /u

/**
 * PicoClaw's command line, one `picoclaw agent` per turn with its own agent in it. The prompt has to stand
 * in the arguments: it takes it nowhere else. It sends no messages itself, so the `message` calls that the
 * agent addressed to this conversation are handed on to be published.
 */
export function createPicoclawCommandAdapter(
  runtime: CommandRuntime,
  { run, find }: Pick<ProgramAdapterOptions, 'run' | 'find'>,
): Adapter {
  const { args, configPath, homePath } = runtime

  return {
    async deliver(wake: Wake, session: Session, signal: AbortSignal): Promise<DeliveryOutcome> {
      const prompt = wake.prompt(session.runtimeId === undefined ? 'fresh' : 'known')
      const bytes = Buffer.byteLength(prompt)
      if (bytes > NODE_LIMITS.argumentBytes) return tooLong(bytes)
      const result = await run({
        args: ['agent', ...args, '-s', session.key, '-m', prompt],
        stdin: '',
        env: { PICOCLAW_CONFIG: configPath },
        signal,
        onStarted: () => wake.started(),
      })
      if (result.type !== 'exited') return outcomeWithoutExit(result, INSTALL)
      if (result.code !== 0) {
        return { type: 'failed', reason: 'failed', error: describeExit(result), warnings: [] }
      }
      session.remember(session.key)
      return { type: 'delivered', text: answerOf(result), ...said(wake, session, { configPath, homePath }) }
    },
    diagnose: (look) =>
      lookAtProgram({ launch: runtime, run, find }, { install: INSTALL, versionArgs: ['version'] }, look),
    async close() {},
  }
}

function answerOf({ stdout }: ExitedProgram): string {
  return (stdout.split(LOGO).at(-1) ?? '').trim()
}

/** The agent's messages to this conversation. Those to another one are not sent: its order is not ours. */
function said(
  wake: Wake,
  session: Session,
  place: { configPath: string; homePath: string | undefined },
): { said: string[]; warnings: string[] } {
  const newest = wake.messages.at(-1)
  if (newest === undefined) return { said: [], warnings: [] }
  const calls = messageCalls(place, session.key, `Message ID: ${newest.id}`)
  const here = chatId(wake.networkId, wake.target)
  const isHere = ({ chat_id }: { chat_id?: string }) => (chat_id ?? '') === '' || chat_id === here
  return {
    said: calls.filter(isHere).map((call) => call.content),
    warnings: calls
      .filter((call) => !isHere(call))
      .slice(0, NODE_LIMITS.warnings)
      .map(
        (call) =>
          `a message to ${call.chat_id} was not sent: PicoClaw's tool only reaches ${here} in this turn`,
      ),
  }
}

function tooLong(bytes: number): DeliveryOutcome {
  return {
    type: 'failed',
    reason: 'failed',
    error: `the wake has ${bytes} bytes, and PicoClaw's command line takes at most ${NODE_LIMITS.argumentBytes}: set runtime.events_url to use its gateway`,
    warnings: [],
  }
}
