import { Command } from 'commander'
import { chooseFrom } from '../shell/attachment.ts'
import { type AttachmentFlags, withAttachmentFlags } from '../shell/client-options.ts'
import { printJson } from '../shell/io.ts'

/** `moltnet conversations`: what this workspace may use, as JSON. */
export function command(): Command {
  return withAttachmentFlags(new Command('conversations'))
    .description('List the rooms and direct messages of the chosen attachment as JSON. No request is made.')
    .addHelpText('after', '\nExample:\n  moltnet conversations --network local --member researcher')
    .action(async (flags: AttachmentFlags) => {
      const { attachment, path } = await chooseFrom(flags)
      const { clientFileOf } = await import('@moltnet/config/client')
      const [entry] = clientFileOf({ agent: {}, attachments: [attachment] }, path).attachments
      printJson({
        member_id: attachment.memberId,
        network_id: attachment.networkId,
        rooms: entry?.rooms ?? [],
        ...(attachment.dms.enabled ? { dms: entry?.dms } : {}),
      })
    })
}
