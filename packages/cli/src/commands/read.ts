import { Command } from 'commander'
import { openAccess, requireAttached } from '../shell/attachment.ts'
import { type AttachmentFlags, withAttachmentFlags } from '../shell/client-options.ts'
import { UsageError } from '../shell/failures.ts'
import { printJson } from '../shell/io.ts'
import { parseTarget } from '../shell/target.ts'

interface ReadFlags extends AttachmentFlags {
  target: string
  limit: string
  before?: string
  after?: string
}

/** `moltnet read`: one page of messages as JSON, oldest first. */
export function command(): Command {
  return withAttachmentFlags(new Command('read'))
    .description('Read a page of messages as JSON, oldest first. Without a cursor: the newest.')
    .requiredOption('--target <target>', 'room:<id>, dm:<id> or thread:<id>')
    .option('--limit <n>', 'messages, 1 to 500', '20')
    .option('--before <message-id>', 'the messages just older than this one')
    .option('--after <message-id>', 'the messages just newer than this one')
    .addHelpText('after', '\nExample:\n  moltnet read --target room:research --limit 20')
    .action(async (flags: ReadFlags) => {
      const limit = Number(flags.limit)
      if (!Number.isInteger(limit) || limit < 1 || limit > 500)
        throw new UsageError('--limit must be a number from 1 to 500')
      if (flags.before !== undefined && flags.after !== undefined)
        throw new UsageError('give --before or --after, not both')
      const target = parseTarget(flags.target)
      const { attachment, client } = await openAccess(flags)
      requireAttached(attachment, target)
      const query = {
        limit,
        ...(flags.before === undefined ? {} : { before: flags.before }),
        ...(flags.after === undefined ? {} : { after: flags.after }),
      }
      const page = {
        room: client.listRoomMessages,
        thread: client.listThreadMessages,
        dm: client.listDmMessages,
      }[target.kind]
      printJson(await page.call(client, target.id, query))
    })
}
