import type { EventFrame, Wake } from '@moltnet/protocol'
import { wakesOf } from './ledger.ts'
import { say, type SayOptions } from './messages.ts'
import { attach, durable, type ReadySocket } from './socket.ts'
import type { TestServer } from './start-server.ts'
import { eventually } from './wait.ts'

/** The id of the message in an EVENT. */
export function messageOf({ event }: EventFrame): string {
  if (event.type !== 'message.created') throw new Error(`no message: ${event.type}`)
  return event.message.id
}

/** An agent that takes each wake as a turn of its own, and answers what it is told to. */
export interface TalkingAgent extends AsyncDisposable {
  readonly socket: ReadySocket
  /** Ids of the messages that woke it, in order. */
  readonly woken: readonly string[]
}

/** Attaches an agent that answers every wake in its conversation, for as long as `answers` says so. */
export async function talkingAgent(
  server: TestServer,
  o: { agent: string; answers?: () => boolean; say?: SayOptions; consumer?: object; token?: string },
): Promise<TalkingAgent> {
  const { agent, answers = () => true, consumer = durable({ general: 'all' }), token } = o
  const socket = await attach(server.url, { agent, consumer, token })
  const woken: string[] = []
  const loop = async () => {
    for (;;) {
      const frame = await socket.until((sent) => sent.op === 'EVENT').catch(() => undefined)
      if (frame?.op !== 'EVENT') return
      woken.push(messageOf(frame))
      socket.status(frame, 'turn_started')
      if (answers()) await say(server, { from: agent, token, ...o.say })
      socket.status(frame, 'turn_ended')
      socket.ack(frame)
    }
  }
  const running = loop()
  return {
    socket,
    woken,
    async [Symbol.asyncDispose]() {
      await socket.close()
      await running
    },
  }
}

/** Takes so many wakes, as turns of their own; the ids of their messages. */
export async function takeTurns(socket: ReadySocket, count: number): Promise<string[]> {
  const ids: string[] = []
  while (ids.length < count) {
    const frame = await socket.event('message.created')
    socket.status(frame, 'turn_started')
    socket.status(frame, 'turn_ended')
    socket.ack(frame)
    ids.push(messageOf(frame))
  }
  return ids
}

/** Waits until so many wakes are held; resolves with them. */
export async function untilHeld(server: TestServer, count: number): Promise<Wake[]> {
  let held: Wake[] = []
  await eventually(async () => {
    held = await wakesOf(server, '/v1/wakes?state=held&limit=500')
    return held.length === count
  }, `${count} wakes are held`)
  return held
}

/** Does an operator's action, which must be taken. */
export async function operate(server: TestServer, wake: Wake | undefined, action: string): Promise<Wake> {
  const { status, body } = await server.json<Wake>(`/v1/wakes/${wake?.id}/${action}`, { method: 'POST' })
  if (status !== 200) throw new Error(`${action}: ${status} ${JSON.stringify(body)}`)
  return body
}
