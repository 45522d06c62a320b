import type { World } from '../conformance/world.ts'
import type { Received } from './subscribers.ts'

type Payload = Record<string, unknown>

interface Target {
  kind: 'room' | 'thread' | 'dm'
  room_id?: string
  thread_id?: string
  dm_id?: string
}

/**
 * Whether a credential can read over HTTP what an event tells: the message in its history, or the room,
 * thread, conversation or agent. Undefined for the end of something, which HTTP shows to nobody.
 */
export async function readable(
  world: World,
  token: string | undefined,
  { type, event }: Received,
): Promise<boolean | undefined> {
  const payload = (key: string) => event[key] as Payload
  const shows = async (path: string) => (await world.http('GET', path, { token })).status === 200
  switch (type) {
    case 'message.created':
      return inHistory(world, token, payload('message'))
    case 'room.created':
    case 'room.members.updated':
      return shows(`/v1/rooms/${payload('room')['id'] as string}`)
    case 'thread.created':
      return shows(`/v1/threads/${payload('thread')['id'] as string}`)
    case 'dm.created':
      return shows(`/v1/dms/${payload('dm')['id'] as string}`)
    case 'agent.connected':
    case 'agent.disconnected':
      return shows(`/v1/agents/${payload('agent')['agent_id'] as string}`)
    case 'agent.wake.updated':
      return shows(`/v1/agents/${payload('agent')['agent_id'] as string}/wakes`)
    case 'agent.wake.delivered':
    case 'agent.wake.failed': {
      const { message_id: id, target } = payload('agent')
      return inHistory(world, token, { id, target })
    }
    default:
      return undefined
  }
}

async function inHistory(world: World, token: string | undefined, message: Payload): Promise<boolean> {
  const target = message['target'] as Target
  const path = `/v1/${target.kind}s/${target[`${target.kind}_id`]}/messages?limit=500`
  const answer = await world.http('GET', path, { token })
  if (answer.status !== 200) return false
  const messages = answer.json['messages'] as { id: string }[]
  return messages.some(({ id }) => id === message['id'])
}
