import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { inDm, inRoom, inThread } from '../attacks/checks/steps.ts'
import { expectOk } from '../conformance/peers/http.ts'
import { type OwnServer, startOwnServer } from '../conformance/own/server.ts'
import { agentToken } from '../conformance/own/setup.ts'
import { World } from '../conformance/world.ts'
import { readable } from './readable.ts'
import { type Received, socketSubscriber, streamSubscriber, type Subscriber } from './subscribers.ts'

const RUNS = Number(process.env['MOLTNET_TEST_FUZZ_RUNS'] ?? 12)
const SEED = process.env['MOLTNET_TEST_FUZZ_SEED']

/** Who takes part in what is made up, each on a socket. */
const AGENTS = ['p-ann', 'p-ben', 'p-cid'] as const
type Agent = (typeof AGENTS)[number]

/** Something that can happen. Rooms are named by the order in which they were made. */
type Action =
  | { do: 'create'; members: Agent[]; visibility: 'public' | 'private' }
  | { do: 'members'; room: number; add: Agent[]; remove: Agent[] }
  | { do: 'remove'; room: number }
  | { do: 'post'; room: number; from: Agent; mention: Agent }
  | { do: 'thread'; room: number; from: Agent }
  | { do: 'dm'; from: Agent; to: Agent }

const agent = fc.constantFrom(...AGENTS)
const some = fc.uniqueArray(agent, { maxLength: 3 })
const room = fc.nat({ max: 3 })
const action: fc.Arbitrary<Action> = fc.oneof(
  fc.record({
    do: fc.constant('create' as const),
    members: some,
    visibility: fc.constantFrom('public' as const, 'private' as const),
  }),
  fc.record({ do: fc.constant('members' as const), room, add: some, remove: some }),
  fc.record({ do: fc.constant('remove' as const), room }),
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('post' as const), room, from: agent, mention: agent }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('thread' as const), room, from: agent }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('dm' as const), from: agent, to: agent }) },
)

/** A network where made-up things happen, and everybody's mail is opened after each. */
class Play {
  readonly #world: World
  readonly #lobby: string
  readonly #subscribers: Subscriber[] = []
  readonly #looked = new Map<Subscriber, number>()
  #rooms: string[] = []
  /** Events that were compared with HTTP. */
  compared = 0

  private constructor(world: World, lobby: string) {
    this.#world = world
    this.#lobby = lobby
  }

  static async open(world: World, tokens: ReadonlyMap<Agent, string>): Promise<Play> {
    const play = new Play(world, await world.room({ members: [...AGENTS], visibility: 'public' }))
    for (const name of AGENTS) {
      const token = tokens.get(name)
      const socket = await world.attach(name, { token })
      play.#subscribers.push(socketSubscriber(socket, { name, token }))
    }
    if (world.target.publicRead) {
      for (const [name, token] of [['nobody', undefined], ...tokens] as const) {
        const stream = await world.stream({ token })
        play.#subscribers.push(streamSubscriber(stream, { name: `stream of ${name}`, token }))
      }
    }
    return play
  }

  async act(action: Action): Promise<void> {
    // The end of a room is told to those who could read it before.
    const before =
      'room' in action && action.do === 'remove' ? await this.#readersOf(this.#roomAt(action.room)) : []
    await this.#perform(action)
    const { event_id: last } = await this.#world.post(inRoom(this.#lobby))
    await Promise.all(this.#subscribers.map((subscriber) => subscriber.got(last)))
    for (const subscriber of this.#subscribers) await this.#openMail(subscriber, before)
  }

  async #openMail(subscriber: Subscriber, couldRead: readonly Subscriber[]): Promise<void> {
    const all = subscriber.received()
    const news = all.slice(this.#looked.get(subscriber) ?? 0)
    this.#looked.set(subscriber, all.length)
    for (const event of news) {
      this.compared++
      const allowed =
        event.type === 'room.removed'
          ? couldRead.includes(subscriber)
          : await readable(this.#world, subscriber.token, event)
      if (allowed !== true) throw new Error(`${subscriber.name} got what it cannot read: ${tell(event)}`)
    }
  }

  async #perform(action: Action): Promise<void> {
    const world = this.#world
    if (action.do === 'create') {
      this.#rooms.push(await world.room({ members: action.members, visibility: action.visibility }))
      return
    }
    if (action.do === 'dm') {
      if (action.from === action.to) return
      await world.post(inDm(world.id('dm'), action.from, action.to), { from: action.from })
      return
    }
    const id = this.#roomAt(action.room)
    if (id === undefined) return
    switch (action.do) {
      case 'members': {
        const body = { add: action.add, remove: action.remove.filter((name) => !action.add.includes(name)) }
        expectOk(await world.operator('PATCH', `/v1/rooms/${id}/members`, { body }), 200, 'members')
        return
      }
      case 'remove':
        expectOk(await world.operator('DELETE', `/v1/rooms/${id}`), 200, 'removing')
        this.#rooms = this.#rooms.filter((other) => other !== id)
        return
      case 'post':
        await world.post(inRoom(id), { from: action.from, text: `@${action.mention} hello` })
        return
      case 'thread':
        await world.post(inThread(id, world.id('thread')), { from: action.from })
    }
  }

  #roomAt(index: number): string | undefined {
    return this.#rooms.length === 0 ? undefined : this.#rooms[index % this.#rooms.length]
  }

  async #readersOf(id: string | undefined): Promise<Subscriber[]> {
    const readers: Subscriber[] = []
    for (const subscriber of id === undefined ? [] : this.#subscribers) {
      const answer = await this.#world.http('GET', `/v1/rooms/${id}`, { token: subscriber.token })
      if (answer.status === 200) readers.push(subscriber)
    }
    return readers
  }
}

function tell({ type, event }: Received): string {
  return `${type} ${JSON.stringify(event).slice(0, 400)}`
}

for (const mode of ['open', 'bearer'] as const) {
  describe(`whatever happens in a network with auth ${mode}`, () => {
    let own: OwnServer
    const tokens = new Map<Agent, string>()
    beforeAll(async () => {
      own = await startOwnServer({
        name: mode,
        mode,
        storage: 'memory',
        agents: mode === 'bearer' ? AGENTS : [],
      })
      for (const name of AGENTS) {
        if (mode === 'bearer') {
          tokens.set(name, agentToken(name))
          continue
        }
        const answer = await fetch(`${own.target.baseUrl}/v1/agents/register`, {
          method: 'POST',
          body: JSON.stringify({ requested_agent_id: name }),
        })
        tokens.set(name, ((await answer.json()) as { agent_token: string }).agent_token)
      }
    })
    afterAll(() => own[Symbol.asyncDispose]())

    test('no event reaches anybody who could not read the same over HTTP', async () => {
      let compared = 0
      await fc.assert(
        fc.asyncProperty(fc.array(action, { minLength: 4, maxLength: 24, size: 'max' }), async (actions) => {
          await using world = new World(own.target)
          const play = await Play.open(world, tokens)
          await play.act({ do: 'create', members: ['p-ann', 'p-ben'], visibility: 'private' })
          for (const next of actions) await play.act(next)
          compared += play.compared
        }),
        { numRuns: RUNS, endOnFailure: true, ...(SEED === undefined ? {} : { seed: Number(SEED) }) },
      )
      expect(compared).toBeGreaterThan(RUNS * 20)
    }, 120_000)
  })
}
