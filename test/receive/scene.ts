import { expectOk } from '../conformance/peers/http.ts'
import { agentToken } from '../conformance/own/setup.ts'
import type { Credentials } from '../conformance/target.ts'
import type { World } from '../conformance/world.ts'
import { until } from '../support/condition.ts'
import { readable } from './readable.ts'
import { type Received, socketSubscriber, streamSubscriber, type Subscriber } from './subscribers.ts'

/**
 * Agents of a scene. `in` and `out` listen; `mate` shares a room with `in`, `far` and `late` share none with
 * either.
 */
export const AGENTS = ['in', 'out', 'mate', 'far', 'late'] as const
export type AgentName = (typeof AGENTS)[number]

/** Credentials that read over HTTP and from the stream, besides nobody and the agents. */
const READERS = ['observer', 'admin', 'writer', 'attach', 'pair'] as const satisfies (keyof Credentials)[]

/** How the agents of a scene come to their credentials: by claiming their ids, by static tokens, or not at all. */
export type Credentialing = 'claim' | 'static' | 'none'

/** `+` received, `.` not received, `-` not to be asked, by row and then by column. */
export type Matrix = Map<string, Map<string, string>>

/** A matrix as text: its columns by kind, then a line for each row. */
export function formatMatrix(matrix: Matrix): string[] {
  const [first = new Map<string, string>()] = matrix.values()
  const kinds = Object.groupBy(first.keys(), (column) => column.split(' ')[0] as string)
  const groups = Object.entries(kinds).map(([kind, columns = []]) => ({ kind, columns }))
  const head = groups.map(({ kind, columns }) => `${kind}: ${columns.map((c) => c.split(' ')[1]).join(' ')}`)
  const rows = [...matrix].map(([row, cells]) =>
    [row.padEnd(52), ...groups.map(({ columns }) => columns.map((c) => cells.get(c)).join(''))].join(' '),
  )
  return [...head, ...rows]
}

/** A network with everybody in it, where things happen one at a time and everybody's view is written down. */
export class Scene {
  readonly world: World
  readonly #subscribers: Subscriber[] = []
  readonly #tokens = new Map<AgentName, string>()
  readonly #matrix: Matrix = new Map()
  #observer!: Subscriber
  #seen = 0

  private constructor(world: World) {
    this.world = world
  }

  static async open(world: World, agents: Credentialing): Promise<Scene> {
    const scene = new Scene(world)
    for (const agent of AGENTS) {
      if (agents === 'static') scene.#tokens.set(agent, agentToken(agent))
      if (agents !== 'claim') continue
      const body = { requested_agent_id: agent }
      const answer = expectOk(await world.http('POST', '/v1/agents/register', { body }), 201, 'claim')
      scene.#tokens.set(agent, answer['agent_token'] as string)
    }
    await scene.#createRoom('lobby', { members: ['in', 'out', 'seer'], visibility: 'public' })
    await scene.#subscribe()
    // Presence is told a little later than READY.
    const sockets = scene.subscribers.filter(({ name }) => name.startsWith('socket ')).length
    await scene.#observed('agent.connected', sockets)
    await scene.flush()
    return scene
  }

  token(agent: AgentName): string | undefined {
    return this.#tokens.get(agent)
  }

  async createRoom(id: string, o: { members?: string[]; visibility?: 'public' } = {}): Promise<void> {
    await this.#createRoom(id, o)
  }

  /** Posts a message from an agent as the operator. */
  post(target: unknown, from: AgentName, text = 'hello') {
    return this.world.post(target, { from, text })
  }

  attach(agent: AgentName, cursor?: string) {
    return this.world.attach(agent, { token: this.token(agent), ...(cursor === undefined ? {} : { cursor }) })
  }

  /** Lets something happen, waits until these events of it have come to the observer, and writes down who got what. */
  async step(label: string, types: readonly string[], act: () => Promise<unknown>): Promise<void> {
    await act()
    for (const [index, type] of types.entries()) {
      const nth = types.slice(0, index + 1).filter((other) => other === type).length
      await this.#observed(type, nth)
    }
    await this.flush(label)
  }

  /** Who received what so far. */
  get matrix(): Matrix {
    return this.#matrix
  }

  /** Everybody who listens. */
  get subscribers(): readonly Subscriber[] {
    return this.#subscribers
  }

  async #createRoom(id: string, o: { members?: string[]; visibility?: 'public' }): Promise<void> {
    const answer = await this.world.operator('POST', '/v1/rooms', { body: { id, ...o } })
    expectOk(answer, 201, `creating ${id}`)
  }

  async #subscribe(): Promise<void> {
    const { world } = this
    this.#observer = await this.#listen('observer', tokenOf(world, 'observer'))
    if (world.target.publicRead) {
      await this.#listen('nobody', undefined)
      for (const name of ['admin', 'writer', 'attach', 'pair'] as const)
        await this.#listen(name, tokenOf(world, name))
      await this.#listen('in', this.token('in'))
    } else if (world.target.mode !== 'none') {
      await this.#listen('admin', tokenOf(world, 'admin'))
    }
    for (const agent of ['in', 'out'] as const) {
      const socket = await this.attach(agent)
      this.#subscribers.push(socketSubscriber(socket, { name: `socket ${agent}`, token: this.token(agent) }))
    }
    if (world.target.mode === 'none') return
    const token = tokenOf(world, 'seer')
    const socket = await world.attach('seer', { token })
    this.#subscribers.push(socketSubscriber(socket, { name: 'socket seer', token }))
  }

  async #listen(name: string, token: string | undefined): Promise<Subscriber> {
    const stream = await this.world.stream({ token })
    const subscriber = streamSubscriber(stream, { name: `stream ${name}`, token })
    this.#subscribers.push(subscriber)
    return subscriber
  }

  /** Waits for the nth event of a type in this step. */
  async #observed(type: string, nth: number): Promise<void> {
    const found = () =>
      this.#observer
        .received()
        .slice(this.#seen)
        .filter((event) => event.type === type)[nth - 1]
    await until(
      () => found() !== undefined,
      () => `${type} comes; so far: ${JSON.stringify(this.#news().map((event) => event.type))}`,
    )
  }

  /** Sends a message that everybody gets: what has not come before it will not come. With a label, writes that down. */
  async flush(label?: string): Promise<void> {
    const { event_id: last } = await this.post({ kind: 'room', room_id: 'lobby' }, 'far', 'so far')
    await Promise.all(this.#subscribers.map((subscriber) => subscriber.got(last)))
    const news = this.#news()
    this.#seen = this.#observer.received().length
    if (label === undefined) return
    for (const event of news) {
      if (event.id !== last) this.#matrix.set(`${label}: ${nameOf(event)}`, await this.#row(event))
    }
  }

  #news(): readonly Received[] {
    return this.#observer.received().slice(this.#seen)
  }

  async #row(event: Received): Promise<Map<string, string>> {
    const row = new Map<string, string>()
    const { world } = this
    const readers: [string, string | undefined][] =
      world.target.mode === 'none'
        ? [['nobody', undefined]]
        : [
            ['nobody', undefined],
            ...READERS.map((name): [string, string | undefined] => [name, tokenOf(world, name)]),
            ['in', this.token('in')],
            ['out', this.token('out')],
          ]
    for (const [name, token] of readers) {
      const answer = await readable(world, token, event)
      row.set(`http ${name}`, answer === undefined ? '-' : answer ? '+' : '.')
    }
    for (const { name, received } of this.#subscribers)
      row.set(name, received().some(({ id }) => id === event.id) ? '+' : '.')
    return row
  }
}

/** One step can change several rooms. */
function nameOf({ type, event }: Received): string {
  return type === 'room.members.updated' ? `${type} ${(event['room'] as { id: string }).id}` : type
}

function tokenOf(world: World, name: keyof Credentials): string | undefined {
  return world.target.mode === 'none' ? undefined : world.token(name)
}
