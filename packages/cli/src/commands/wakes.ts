import { DeliveryState, WakeAction } from '@moltnet/protocol'
import { Command, Option } from 'commander'
import { UsageError } from '../shell/failures.ts'
import { note, print, printJson } from '../shell/io.ts'
import { openOperator, type OperatorFlags, withOperatorFlags } from '../shell/operator.ts'
import { wakeTable } from '../shell/wake-text.ts'

const NETWORK = '--base-url http://127.0.0.1:8787 --token-env MOLTNET_ADMIN_TOKEN'

interface ListFlags extends OperatorFlags {
  state?: DeliveryState
  finalText?: 'held'
  agent?: string
  limit: string
  before?: string
  json?: true
}

const ACTION_WORDS = {
  approve: 'Let held wakes go. They are sent in the order of their conversation.',
  dismiss:
    'End held wakes: their agents are not woken by these messages. Of silent wakes: drop the held text.',
  retry: 'Deliver wakes after all that are dead, expired or dismissed, or try failed ones now.',
  publish: 'Send the texts that silent wakes hold, as messages of their agents.',
} as const satisfies Record<WakeAction, string>

/** `moltnet wakes`: the wakes of a network, and what an operator does about them. */
export function command(): Command {
  const wakes = withOperatorFlags(new Command('wakes'))
    .description('List wakes, the newest ones last; or approve, dismiss, retry or publish some.')
    .addOption(
      new Option('--state <state>', 'only wakes in this state; held ones wait for an operator').choices(
        DeliveryState.options,
      ),
    )
    .addOption(
      new Option('--final-text <held>', 'only silent wakes whose last text waits for an operator').choices([
        'held',
      ]),
    )
    .option('--agent <id>', 'only wakes of this agent')
    .option('--limit <n>', 'wakes, 1 to 500', '50')
    .option('--before <wake-id>', 'the wakes just older than this one')
    .option('--json', 'print the page as JSON')
    .addHelpText('after', `\nExample:\n  moltnet wakes --state held ${NETWORK}`)
    .action((flags: ListFlags) => list(flags))
  for (const action of WakeAction.options) wakes.addCommand(actionCommand(action))
  return wakes
}

async function list(flags: ListFlags): Promise<void> {
  const limit = Number(flags.limit)
  if (!Number.isInteger(limit) || limit < 1 || limit > 500)
    throw new UsageError('--limit must be a number from 1 to 500')
  const client = await openOperator(flags)
  const query = {
    limit,
    ...(flags.state === undefined ? {} : { state: flags.state }),
    ...(flags.finalText === undefined ? {} : { final_text: flags.finalText }),
    ...(flags.before === undefined ? {} : { before: flags.before }),
  }
  const found =
    flags.agent === undefined
      ? await client.listWakes(query)
      : await client.listAgentWakes(flags.agent, query)
  if (flags.json) return printJson(found)
  if (found.wakes.length === 0) return note('no such wakes')
  print(wakeTable(found.wakes))
  if (found.page.next_before !== undefined) note(`older ones: --before ${found.page.next_before}`)
}

/** Stops at the first wake that cannot be operated on; those before it are printed. */
function actionCommand(action: WakeAction): Command {
  return withOperatorFlags(new Command(action))
    .description(ACTION_WORDS[action])
    .argument('<wake-id...>', 'wakes, as moltnet wakes lists them')
    .option('--json', 'print the wakes as JSON')
    .addHelpText('after', `\nExample:\n  moltnet wakes ${action} wake_00002f ${NETWORK}`)
    .action(async (ids: string[], _flags: unknown, self: Command) => {
      // The command above has flags of the same names and reads them first.
      const flags: OperatorFlags & { json?: true } = self.optsWithGlobals()
      const client = await openOperator(flags)
      for (const id of ids) {
        const wake = await client.operateWake(id, action)
        if (flags.json) printJson(wake)
        else print(`${wake.id} ${wake.state} (${wake.agent_id}, ${wake.message_id})`)
      }
    })
}
