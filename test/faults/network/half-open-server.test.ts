import { until } from '../../support/condition.ts'
import { fault } from '../fault.ts'
import { room } from '../harness/conversations.ts'
import { History } from '../harness/history.ts'
import { randomOf } from '../harness/random.ts'
import { startPlainAgent } from '../harness/readers.ts'
import { temporaryFolder } from '../../support/folder.ts'
import { startTestServer } from '../../support/network.ts'
import { startProxy } from '../proxy/proxy.ts'

/** Longest wait for the server to notice, in milliseconds: several times the silence after which it gives up. */
const NOTICED_MS = 60_000

const AGENTS = Array.from({ length: 50 }, (_, n) => `a${n}`)

fault(
  {
    id: 'half-open-server',
    about: '50 attachments fall silent without a word, and the server notices',
    rounds: { ci: 1, full: 5 },
    roundMs: 120_000,
  },
  async ({ rounds, seed }) => {
    await using stack = new AsyncDisposableStack()
    const { path: folder } = stack.use(await temporaryFolder())
    const server = stack.use(
      await startTestServer({ folder, rooms: `[{ id: hall, members: [${AGENTS.join(', ')}] }]` }),
    )
    const random = randomOf(seed)
    const connected = async () =>
      (await server.client.listAgents({ limit: 500 })).agents.filter((agent) => agent.connected).length
    const noticed: number[] = []
    for (let round = 0; round < rounds; round++) {
      const proxy = stack.use(await startProxy(Number(new URL(server.url).port)))
      const url = `http://127.0.0.1:${proxy.port}`
      const readers = AGENTS.map((name) =>
        startPlainAgent({ name, url, random, history: new History(), conversations: [room('hall')] }),
      )
      stack.defer(async () => void (await Promise.allSettled(readers.map((reader) => reader.stop()))))
      await until(async () => (await connected()) === AGENTS.length, 'all are attached')
      const frozen = performance.now()
      proxy.freeze()
      await until(async () => (await connected()) === 0, 'the server has noticed', NOTICED_MS)
      noticed.push(performance.now() - frozen)
      await Promise.all(readers.map((reader) => reader.stop()))
    }
    return { figures: { 'longest until all were noticed, ms': Math.round(Math.max(...noticed)) } }
  },
)
