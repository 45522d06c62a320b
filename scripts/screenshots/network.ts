import type { AttachmentEvent, HttpClient, WakeListQuery } from '@moltnet/client'
import type { Message } from '@moltnet/protocol'
import { attach, type TestAgent } from '../../packages/console/test/support/agents.ts'
import { type ConsoleServer, said, startConsole } from '../../packages/console/test/support/console-server.ts'
import { textOf } from '../../test/support/network.ts'
import { until } from '../../test/support/condition.ts'
import { CAST, type CastMember, ROOMS, SCRIPT, type Turn } from './story.ts'

/** The thread that the pictures show beside its room. */
export const SHOWN_THREAD = 'thread_pull_218'

const MAYA = { type: 'human', id: 'maya', name: 'Maya' } as const

/** Starts a real server with the agents of the story, and tells the story. Disposing ends both. */
export async function startStory(): Promise<AsyncDisposable & { url: string }> {
  const server = await startConsole({
    config: { network: { id: 'harbour', name: 'Harbour' }, rooms: ROOMS },
  })
  const cast = CAST.map((member) => attachMember(server, member))
  await Promise.all(cast.map(({ ready }) => ready))
  await tell(server.client)
  return {
    url: server.url,
    async [Symbol.asyncDispose]() {
      await Promise.all(cast.map((agent) => agent[Symbol.asyncDispose]()))
      await server[Symbol.asyncDispose]()
    },
  }
}

function attachMember(server: ConsoleServer, member: CastMember): TestAgent {
  const { id, name, runtime, rooms, turns } = member
  return attach({
    url: server.url,
    network: 'harbour',
    id,
    name,
    subscription: { rooms, runtime },
    onEvent: async (event) => {
      const message = messageOf(event)
      const turn = message && turns.find(({ on }) => textOf(message).includes(on))
      if (message === undefined || turn === undefined) event.ack()
      else await take({ server, member, event, message, turn })
    },
  })
}

function messageOf({ frame: { event } }: AttachmentEvent): Message | undefined {
  return 'message' in event ? event.message : undefined
}

async function take(o: {
  server: ConsoleServer
  member: CastMember
  event: AttachmentEvent
  message: Message
  turn: Turn
}): Promise<void> {
  const { server, member, event, message, turn } = o
  event.status('turn_started')
  if (turn.lasts) return
  if (turn.fails !== undefined) {
    event.nack({ reason: 'failed', error: turn.fails, retryAfterMs: 40_000 })
    return
  }
  if (turn.says !== undefined) {
    await server.client.sendMessage({
      target: message.target,
      from: { type: 'agent', id: member.id },
      parts: turn.says,
    })
  }
  event.status('turn_ended', { outcome: 'done', ...(turn.keeps !== undefined && { final_text: turn.keeps }) })
  event.ack()
}

/** Says the lines of Maya, and waits until everything that the pictures are to show has happened. */
async function tell(client: HttpClient): Promise<void> {
  for (const { room, says } of SCRIPT) await client.sendMessage({ ...said(says, { room }), from: MAYA })
  const change = await until(
    async () => (await client.listRoomMessages('general')).messages.find(({ from }) => from.id === 'builder'),
    'the change is up',
  )
  await client.sendMessage({
    ...said('@reviewer please have a look.', { thread: SHOWN_THREAD, parent: change.id }),
    from: MAYA,
  })
  const count = async (query: WakeListQuery) => (await client.listWakes(query)).wakes.length
  await until(async () => (await count({ state: 'held' })) === 2, 'two wakes are held')
  await until(async () => (await count({ final_text: 'held' })) === 1, 'a text of a silent turn is held')
  await until(async () => (await count({ state: 'failed' })) === 1, 'a wake has failed')
  await until(
    async () => (await client.listThreadMessages(SHOWN_THREAD)).messages.length === 2,
    'the thread is answered',
  )
  await client.sendMessage({
    target: { kind: 'dm', dm_id: 'dm_scout_maya', participant_ids: ['scout', 'maya'] },
    from: { type: 'agent', id: 'scout' },
    parts: [{ kind: 'text', text: 'The backup will run once tonight.' }],
  })
}
