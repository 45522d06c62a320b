import type { MessageAccepted } from '@moltnet/protocol'
import type { TestServer } from './start-server.ts'

/** A message of a test: to a room unless it says otherwise, from an agent called `sender`. */
export interface SayOptions {
  readonly id?: string
  readonly text?: string
  readonly from?: string
  readonly human?: boolean
  readonly room?: string
  readonly thread?: string
  readonly dm?: { readonly id: string; readonly with: readonly string[] }
  readonly token?: string
}

/** Posts a message and answers what the server answered; fails when it was not accepted. */
export async function say(server: TestServer, options: SayOptions = {}): Promise<MessageAccepted> {
  const { id, text = 'hello', from = 'sender', human = false, token } = options
  const body = {
    id,
    target: targetOf(options),
    from: { type: human ? 'human' : 'agent', id: from },
    parts: [{ kind: 'text', text }],
  }
  const { status, body: answer } = await server.json('/v1/messages', { body, token })
  if (status !== 202) throw new Error(`not accepted: ${status} ${JSON.stringify(answer)}`)
  return answer as unknown as MessageAccepted
}

function targetOf({ room = 'general', thread, dm, from = 'sender' }: SayOptions): object {
  if (dm !== undefined) return { kind: 'dm', dm_id: dm.id, participant_ids: [from, ...dm.with] }
  if (thread !== undefined) return { kind: 'thread', room_id: room, thread_id: thread }
  return { kind: 'room', room_id: room }
}
