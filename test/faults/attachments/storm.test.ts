import { until } from '../../support/condition.ts'
import { temporaryFolder } from '../../support/folder.ts'
import { startTestServer } from '../../support/network.ts'
import { fault } from '../fault.ts'
import { accountOf, untilComplete } from '../harness/account.ts'
import { room, walk } from '../harness/conversations.ts'
import { History } from '../harness/history.ts'
import { randomOf } from '../harness/random.ts'
import { allConnected, startDurableAgent, startPlainAgent } from '../harness/readers.ts'
import { writeOne } from '../harness/writers.ts'

const ATTACHMENTS = 1_000

/** A room has at most 256 members. */
const ROOMS = ['r0', 'r1', 'r2', 'r3']

/** How long all may take to be back, in milliseconds; the goal is far below, the machine may be busy. */
const BACK_MS = 120_000

fault(
  {
    id: 'storm',
    about: 'the server is killed and 1,000 attachments, half of them durable, come back at once',
    rounds: { ci: 1, full: 10 },
    roundMs: 300_000,
  },
  async ({ rounds, seed }) => {
    await using stack = new AsyncDisposableStack()
    const { path: folder } = stack.use(await temporaryFolder())
    const names = Array.from({ length: ATTACHMENTS }, (_, n) => `a${n}`)
    const membersOf = (at: number) => names.filter((_, n) => n % ROOMS.length === at)
    const rooms = ROOMS.map((id, at) => `{ id: ${id}, members: [${membersOf(at).join(', ')}] }`)
    const server = stack.use(await startTestServer({ folder, rooms: `[${rooms.join(', ')}]` }))
    const { client, url } = server
    const history = new History()
    const random = randomOf(seed)
    const conversations = ROOMS.map((id) => room(id))
    const readers = names.map((name, n) => {
      const conversation = room(ROOMS[n % ROOMS.length] as string)
      // Every fourth name is of one room: both kinds are in each.
      const start = Math.floor(n / ROOMS.length) % 2 === 0 ? startDurableAgent : startPlainAgent
      return start({ name, url, history, random: random.fork(name), conversations: [conversation] })
    })
    stack.defer(async () => void (await Promise.allSettled(readers.map((reader) => reader.stop()))))
    await Promise.all(readers.map((reader) => reader.ready))
    const writer = { name: 'w', client, history, random: random.fork('w'), conversations }
    let messages = 0
    const say = async (): Promise<number> => {
      const sent = performance.now()
      const conversation = conversations[messages % ROOMS.length] as (typeof conversations)[number]
      messages += 1
      await writeOne(writer, { id: `w-${messages}`, conversation, number: messages })
      return performance.now() - sent
    }
    const complete = async () => {
      for (const conversation of conversations) await walk(client, conversation, { history, pageSize: 500 })
      await untilComplete(() => history.entries, BACK_MS)
    }
    for (const _ of ROOMS) await say()
    await complete()
    const back: number[] = []
    const posts: number[] = []
    for (let round = 0; round < rounds; round++) {
      await server.kill()
      await until(() => readers.every((reader) => !reader.connected), 'all have noticed', BACK_MS)
      await server.start()
      const started = performance.now()
      while (!allConnected(readers) && performance.now() - started < BACK_MS) posts.push(await say())
      await until(
        () => allConnected(readers),
        () => `all are back; ${readers.filter((reader) => !reader.connected).length} are not`,
        BACK_MS,
      )
      back.push(performance.now() - started)
    }
    for (const _ of ROOMS) await say()
    await complete()
    const counts = accountOf(history.entries, { seed, log: server.process.log() })
    const sorted = posts.toSorted((a, b) => a - b)
    return {
      counts,
      figures: {
        'longest until all were back, ms': Math.round(Math.max(...back)),
        'sends meanwhile': posts.length,
        'p99 of their answers, ms': Math.round(sorted[Math.floor(sorted.length * 0.99)] ?? 0),
      },
    }
  },
)
