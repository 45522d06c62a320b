import { createMessageSender, sendUntilKnown } from '@moltnet/client/send'
import { Command } from 'commander'
import type { CreateMessage, Target } from '@moltnet/protocol'
import { httpClient, type Reach, reach, requireAttached, requireWritable } from '../shell/attachment.ts'
import { type AttachmentFlags, withAttachmentFlags } from '../shell/client-options.ts'
import { UsageError } from '../shell/failures.ts'
import { printJson, readStdin } from '../shell/io.ts'
import { dmTarget, parseTarget } from '../shell/target.ts'

interface SendFlags extends AttachmentFlags {
  target?: string
  dm?: string
  text: string
}

/** `moltnet send`: one message, with one id until its outcome is known (30 s). */
export function command(): Command {
  return withAttachmentFlags(new Command('send'))
    .description(
      'Send a message and print what the network accepted. It is retried with one id until the outcome is known (30 s), so it is never sent twice.',
    )
    .option('--target <target>', 'room:<id>, dm:<id> or thread:<id>')
    .option('--dm <agent>', 'open or continue the direct conversation with this agent')
    .requiredOption('--text <text>', 'the text; - reads it from stdin')
    .addHelpText(
      'after',
      '\nExample:\n  moltnet send --target room:research --text "@writer the draft is ready"\n  echo "long text" | moltnet send --dm writer --text -',
    )
    .action(async (flags: SendFlags) => {
      if ((flags.target === undefined) === (flags.dm === undefined))
        throw new UsageError('give either --target or --dm')
      const asked = flags.target === undefined ? undefined : parseTarget(flags.target)
      const access = await reach(flags)
      requireAttached(access.attachment, asked ?? { kind: 'dm', id: '' })
      if (asked?.kind === 'room') requireWritable(access.attachment, asked.id)
      const text = flags.text === '-' ? await readStdin() : flags.text
      if (text.trim() === '') throw new UsageError('--text is empty')
      const target = asked
        ? await fullTarget(access, asked)
        : await dmTarget(
            { networkId: access.attachment.networkId, self: access.attachment.memberId },
            flags.dm as string,
          )
      if (target.kind === 'thread') requireWritable(access.attachment, target.room_id)
      printJson(
        await sendUntilKnown(createMessageSender(access.http), {
          target,
          from: sender(access),
          parts: [{ kind: 'text', text }],
        }),
      )
    })
}

function sender({ attachment }: Reach): CreateMessage['from'] {
  return {
    type: 'agent',
    id: attachment.memberId,
    ...(attachment.agentName ? { name: attachment.agentName } : {}),
  }
}

/** A room target stands as it is; for a thread its room, for a DM its participants come from the server. */
async function fullTarget(
  { http, attachment }: Reach,
  asked: { kind: 'room' | 'dm' | 'thread'; id: string },
): Promise<Target> {
  if (asked.kind === 'room') return { kind: 'room', room_id: asked.id } as Target
  const client = await httpClient(http)
  if (asked.kind === 'thread') {
    const thread = await client.getThread(asked.id)
    requireAttached(attachment, { kind: 'room', id: thread.room_id })
    return { kind: 'thread', room_id: thread.room_id, thread_id: thread.id }
  }
  const dm = await client.getDm(asked.id)
  return { kind: 'dm', dm_id: dm.id, participant_ids: dm.participant_ids } as Target
}
