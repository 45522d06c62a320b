import { afterEach, beforeEach, describe, expect, test } from 'bun:test'
import type { MessagePage, Wake, WakePage } from '@moltnet/protocol'
import { type ServerProcess, ServerProcesses } from '../support/server-process.ts'
import { attach, durable, type TestSocket } from '../support/socket.ts'
import { eventually } from '../support/wait.ts'

/** A slow machine takes a while to start a process. */
const LIMIT_MS = 60_000

const config = {
  rooms: [
    { id: 'general', members: ['alpha', 'sender'] },
    { id: 'side', members: ['alpha', 'sender'] },
  ],
}
const approving = {
  durable: true,
  window: 1,
  rooms: [
    { id: 'general', wake: 'all', approval: true },
    { id: 'side', wake: 'all' },
  ],
}

let servers: ServerProcesses
beforeEach(() => {
  servers = new ServerProcesses(config)
})
afterEach(() => servers[Symbol.asyncDispose]())

async function get<T>({ url }: ServerProcess, path: string): Promise<T> {
  const answer = await fetch(url + path)
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`)
  return (await answer.json()) as T
}

async function post<T>({ url }: ServerProcess, path: string, body?: object): Promise<T> {
  const answer = await fetch(url + path, { method: 'POST', body: body && JSON.stringify(body) })
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`)
  return (await answer.json()) as T
}

const say = (server: ServerProcess, id: string, room = 'general') =>
  post(server, '/v1/messages', {
    id,
    target: { kind: 'room', room_id: room },
    from: { type: 'agent', id: 'sender' },
    parts: [{ kind: 'text', text: 'hello' }],
  })

const operate = (server: ServerProcess, wake: Wake | undefined, action: string) =>
  post<Wake>(server, `/v1/wakes/${wake?.id}/${action}`)

async function wakes(server: ServerProcess, query: string): Promise<Wake[]> {
  return (await get<WakePage>(server, `/v1/wakes?limit=500&${query}`)).wakes
}

async function untilHeld(server: ServerProcess, ids: readonly string[]): Promise<Wake[]> {
  let held: Wake[] = []
  await eventually(async () => {
    held = await wakes(server, 'state=held')
    return held.map(({ message_id }) => message_id as string).join() === ids.join()
  }, `${ids.join()} are held`)
  return held
}

/** Takes wakes one after another, in the order in which they come. */
async function take(socket: TestSocket, count: number): Promise<string[]> {
  const ids: string[] = []
  while (ids.length < count) {
    const frame = await socket.event('message.created')
    if (frame.event.type === 'message.created') ids.push(frame.event.message.id)
    socket.ack(frame)
  }
  return ids
}

const sorted = (texts: readonly (string | undefined)[]) => texts.map(String).toSorted()

describe('a server that is killed', () => {
  test(
    'after wakes were approved and before they could be delivered delivers them in order',
    async () => {
      const first = await servers.start()
      const socket = await attach(first.url, { agent: 'alpha', consumer: approving })
      for (const id of ['m1', 'm2', 'm3', 'm4']) await say(first, id)
      const [m1, m2, m3] = await untilHeld(first, ['m1', 'm2', 'm3', 'm4'])
      // It fills the window, so that nothing of what is approved can be sent.
      await say(first, 'busy', 'side')
      await socket.event('message.created')
      await operate(first, m3, 'dismiss')
      await operate(first, m2, 'approve')
      await operate(first, m1, 'approve')
      await first.kill()

      const second = await servers.start()
      await untilHeld(second, ['m4'])
      await using again = await attach(second.url, { agent: 'alpha', consumer: approving })
      const taken = await take(again, 3)
      expect(taken.toSorted()).toEqual(['busy', 'm1', 'm2'])
      expect(taken.filter((id) => id !== 'busy')).toEqual(['m1', 'm2'])
      const [m4] = await untilHeld(second, ['m4'])
      await operate(second, m4, 'approve')
      expect(await take(again, 1)).toEqual(['m4'])
      expect((await wakes(second, 'state=dismissed')).map(({ message_id }) => message_id as string)).toEqual([
        'm3',
      ])
    },
    LIMIT_MS,
  )

  test(
    'after wakes of an agent that is away were approved delivers them when it is back',
    async () => {
      const first = await servers.start()
      await (await attach(first.url, { agent: 'alpha', consumer: approving })).close()
      for (const id of ['m1', 'm2']) await say(first, id)
      const [m1, m2] = await untilHeld(first, ['m1', 'm2'])
      await operate(first, m2, 'approve')
      await first.kill()
      const second = await servers.start()
      await untilHeld(second, ['m1'])
      await operate(second, m1, 'approve')
      await second.kill()
      const third = await servers.start()
      await using socket = await attach(third.url, { agent: 'alpha', consumer: approving })
      expect(await take(socket, 2)).toEqual(['m1', 'm2'])
    },
    LIMIT_MS,
  )

  test(
    'while texts are published has each of them as a message and in the ledger, or as neither',
    async () => {
      const first = await servers.start()
      const socket = await attach(first.url, { agent: 'alpha', consumer: durable({ side: 'all' }) })
      const count = 24
      for (let n = 0; n < count; n++) {
        await say(first, `m${n}`, 'side')
        const { cursor } = await socket.event('message.created')
        socket.send({ op: 'STATUS', cursor, state: 'turn_started' })
        const detail = { outcome: 'delivered', final_text: `thought ${n}` }
        socket.send({ op: 'STATUS', cursor, state: 'turn_ended', detail })
        socket.ack({ cursor })
      }
      let held: Wake[] = []
      await eventually(async () => {
        held = await wakes(first, 'final_text=held')
        return held.length === count
      }, 'all texts are held')
      let answered = 0
      const first12 = Promise.withResolvers<void>()
      const tries = held.map(async (wake) => {
        await operate(first, wake, 'publish')
        answered += 1
        if (answered === 12) first12.resolve()
      })
      const ends = Promise.allSettled(tries)
      await first12.promise
      await first.kill()
      await ends

      const second = await servers.start()
      const published = async () =>
        (await get<MessagePage>(second, '/v1/rooms/side/messages?limit=500')).messages
          .filter(({ from }) => from.id === 'alpha')
          .map(({ parts }) => parts[0]?.text)
      const left = await wakes(second, 'final_text=held')
      const all = sorted(held.map(({ final_text }) => final_text))
      const said = await published()
      expect(sorted([...said, ...left.map(({ final_text }) => final_text)])).toEqual(all)
      expect(said.length).toBeGreaterThanOrEqual(12)
      // Whoever got no answer tries again, and so does everybody else.
      for (const wake of held) expect((await operate(second, wake, 'publish')).state).toBe('spoke')
      expect(sorted(await published())).toEqual(all)
    },
    LIMIT_MS,
  )
})
