import type { HttpClient } from '@moltnet/client'
import type { Delivery } from '@moltnet/protocol'
import { Command } from 'commander'
import { print, printJson } from '../shell/io.ts'
import { openOperator, type OperatorFlags, withOperatorFlags } from '../shell/operator.ts'
import { timeline } from '../shell/wake-text.ts'

/** Agents of one page of the ledger: the most that a server gives. */
const PAGE = 500

/** `moltnet trace <message-id>`: what became of a message for each agent. */
export function command(): Command {
  return withOperatorFlags(new Command('trace'))
    .description('Show what became of a message for each agent that it must wake, step by step.')
    .argument('<message-id>', 'the message, as moltnet send prints it')
    .option('--json', 'print the lines of the ledger as JSON')
    .addHelpText(
      'after',
      '\nExample:\n  moltnet trace msg_0190c6f0 --base-url http://127.0.0.1:8787 --token-env MOLTNET_ADMIN_TOKEN',
    )
    .action(async (messageId: string, flags: OperatorFlags & { json?: true }) => {
      const deliveries = await allDeliveries(await openOperator(flags), messageId)
      if (flags.json) printJson({ message_id: messageId, deliveries })
      else print(timeline(messageId, deliveries))
    })
}

/** All of them, by agent. */
async function allDeliveries(client: HttpClient, messageId: string): Promise<Delivery[]> {
  const found: Delivery[] = []
  let before: string | undefined
  do {
    const { deliveries, page } = await client.listDeliveries(messageId, {
      limit: PAGE,
      ...(before === undefined ? {} : { before }),
    })
    found.unshift(...deliveries)
    before = page.next_before
  } while (before !== undefined)
  return found
}
