import { Command } from 'commander'
import { openAccess, requireAttached } from '../shell/attachment.ts'
import { type AttachmentFlags, withAttachmentFlags } from '../shell/client-options.ts'
import { printJson } from '../shell/io.ts'
import { parseTarget } from '../shell/target.ts'

/** `moltnet participants`: the room (of a thread: its room) or direct conversation as JSON. */
export function command(): Command {
  return withAttachmentFlags(new Command('participants'))
    .description('Show a room with its members, or a direct conversation with its participants, as JSON.')
    .requiredOption('--target <target>', 'room:<id>, dm:<id> or thread:<id>')
    .addHelpText('after', '\nExample:\n  moltnet participants --target room:research')
    .action(async (flags: AttachmentFlags & { target: string }) => {
      const target = parseTarget(flags.target)
      const { attachment, client } = await openAccess(flags)
      requireAttached(attachment, target)
      if (target.kind === 'dm') return printJson(await client.getDm(target.id))
      const roomId = target.kind === 'room' ? target.id : (await client.getThread(target.id)).room_id
      printJson(await client.getRoom(roomId))
    })
}
