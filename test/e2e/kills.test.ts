import { expect, test } from 'bun:test'
import { until } from '../support/condition.ts'
import { temporaryFolder } from '../support/folder.ts'
import { say, startTestServer, textOf, untilConnected, wholeHistory } from '../support/network.ts'
import { endedIds, type Fleet, startFleet, untilEnded } from './support/fleet.ts'

const AGENTS = ['ada', 'ben', 'cleo']
const LIMIT_MS = 120_000

async function scene() {
  const stack = new AsyncDisposableStack()
  const folder = stack.use(await temporaryFolder()).path
  const server = stack.use(
    await startTestServer({ folder, rooms: `[{ id: hall, members: [${AGENTS.join(', ')}] }]` }),
  )
  const fleet = stack.use(await startFleet({ server, folder, agents: AGENTS, room: 'hall' }))
  return { server, fleet, [Symbol.asyncDispose]: () => stack.disposeAsync() }
}

/** First time each id ended must be in the order in which the messages were accepted. */
function expectInOrder(fleet: Fleet, agent: string, ids: readonly string[]): void {
  const first = [...new Set(endedIds(fleet.turns(agent)))].filter((id) => ids.includes(id))
  expect(first).toEqual([...ids])
}

test(
  'every mention reaches its agent, in order, when the node is killed in the middle of turns',
  async () => {
    await using s = await scene()
    const sent: Record<string, string[]> = Object.fromEntries(AGENTS.map((agent) => [agent, []]))
    const mention = async (agent: string, text: string) => {
      sent[agent]?.push((await say(s.server.client, 'hall', `@${agent} ${text}`)).message_id)
    }
    for (let round = 0; round < 3; round++) {
      for (const agent of AGENTS) s.fleet.hold(agent)
      for (const agent of AGENTS) await mention(agent, `round ${round} first`)
      for (const agent of AGENTS) {
        const id = sent[agent]?.at(-1) as string
        await until(
          () => s.fleet.turns(agent).some((turn) => turn.event === 'start' && turn.ids.includes(id)),
          `${agent} is in its turn`,
        )
      }
      for (const agent of AGENTS) await mention(agent, `round ${round} second`)
      await s.fleet.killNode()
      for (const agent of AGENTS) await mention(agent, `round ${round} while the node was away`)
      await s.fleet.startNode()
      for (const agent of AGENTS) s.fleet.release(agent)
      for (const agent of AGENTS) await untilEnded(s.fleet, agent, sent[agent] as string[])
    }
    for (const agent of AGENTS) {
      const ids = sent[agent] as string[]
      expectInOrder(s.fleet, agent, ids)
      const ended = endedIds(s.fleet.turns(agent))
      // At a kill one turn per agent was in flight, with one message in it.
      expect(ended.length - ids.length).toBeLessThanOrEqual(3)
      expect(new Set(ended)).toEqual(new Set(ids))
    }
    const history = await wholeHistory(s.server.client, 'hall')
    expect(history.length).toBe(AGENTS.length * 9)
  },
  LIMIT_MS,
)

test(
  'nothing is lost and nothing comes twice when the server is killed between messages',
  async () => {
    await using s = await scene()
    const ids: string[] = []
    for (let round = 0; round < 4; round++) {
      ids.push((await say(s.server.client, 'hall', `@ada ${round} before the kill`)).message_id)
      await untilEnded(s.fleet, 'ada', ids)
      await s.server.kill()
      await s.server.start()
      await untilConnected(s.server.client, 'ada')
      ids.push((await say(s.server.client, 'hall', `@ada ${round} after the kill`)).message_id)
      await untilEnded(s.fleet, 'ada', ids)
    }
    expectInOrder(s.fleet, 'ada', ids)
    expect(endedIds(s.fleet.turns('ada'))).toEqual(ids)
    const history = await wholeHistory(s.server.client, 'hall')
    expect(history.map((message) => message.id as string)).toEqual(ids)
  },
  LIMIT_MS,
)

test(
  'a message that was accepted just before kill -9 of the server still wakes its agent',
  async () => {
    await using s = await scene()
    s.fleet.hold('ben')
    const first = (await say(s.server.client, 'hall', '@ben hold on')).message_id
    await until(() => s.fleet.turns('ben').length === 1, 'ben is in his turn')
    const second = (await say(s.server.client, 'hall', '@ben and this, please answer')).message_id
    await s.server.kill()
    await s.server.start()
    s.fleet.release('ben')
    await untilEnded(s.fleet, 'ben', [first, second])
    expectInOrder(s.fleet, 'ben', [first, second])
    const answer = await until(
      async () => (await wholeHistory(s.server.client, 'hall')).find((message) => message.from.id === 'ben'),
      'ben has answered',
    )
    expect(textOf(answer)).toBe('answer of ben')
  },
  LIMIT_MS,
)
