import { getLogger } from '@logtape/logtape'
import { compileSubscription } from '@moltnet/protocol'
import type { ConsumerRequest, ConsumerState, RoomSubscription } from '@moltnet/protocol'
import type { AccessContext } from '../domain/access.ts'
import type { Principal } from '../domain/principal.ts'
import type { StoredBinding, StoredConsumer } from '../store/consumer-port.ts'
import type { Store } from '../store/port.ts'
import type { NamedAgent } from './agent-events.ts'
import { Consumer, type ConsumerContext } from './consumer.ts'
import { ConsumerSaver } from './consumer-saver.ts'
import { sweepConsumers } from './consumer-sweep.ts'
import { DELIVERY_LIMITS } from './limits.ts'
import type { FrameSink } from './log-subscriber.ts'

const logger = getLogger(['moltnet', 'consumers'])

/** How often idle consumers and ended wakes are looked for, in milliseconds. */
const SWEEP_MS = 3_600_000

/** What the registry is wired with. */
export interface ConsumersDeps extends Omit<ConsumerContext, 'changed'> {
  readonly store: Store
  readonly access: AccessContext
  readonly retention: { readonly maxAgeMs: number; readonly consumerTtlMs: number }
}

/** An IDENTIFY with `consumer`, after its agent was registered. */
export interface OpenConsumer {
  readonly actorUid: string
  readonly agent: NamedAgent
  readonly principal: Principal
  readonly request: ConsumerRequest
  readonly sink: FrameSink
  /** Another socket is taking over; end the consumer in this turn. */
  onTakenOver(): void
  onFailure(error: unknown): void
}

interface Attached {
  readonly consumer: Consumer
  readonly onTakenOver: () => void
}

/** All attached durable consumers: opens, ends and saves them. */
export class Consumers {
  readonly #deps: ConsumersDeps
  readonly #context: ConsumerContext
  readonly #attached = new Map<string, Attached>()
  /** Per actor, the end of what is being opened or saved: one thing at a time, in order. */
  readonly #busy = new Map<string, Promise<unknown>>()
  readonly #saver: ConsumerSaver
  #sweptAt = 0
  #sweeping = false

  constructor(deps: ConsumersDeps) {
    this.#deps = deps
    this.#saver = new ConsumerSaver(deps.store)
    this.#context = { ...deps, changed: (consumer) => this.#saver.changed(consumer) }
  }

  /** How many are attached. */
  get size(): number {
    return this.#attached.size
  }

  /** Open wakes of all attached consumers. */
  get pendingWakes(): number {
    let pending = 0
    for (const { consumer } of this.#attached.values()) pending += consumer.pending
    return pending
  }

  /**
   * Attaches the consumer of an actor, made at the head when there is none. An older socket of it is
   * taken over. Resolves once the consumer is durable; it sends nothing before {@link Consumer.begin}.
   */
  open(options: OpenConsumer): Promise<{ consumer: Consumer; state: ConsumerState }> {
    return this.#inOrder(options.actorUid, () => this.#open(options))
  }

  /** Ends an attached consumer; resolves when all of it is saved. */
  async end(consumer: Consumer, how: 'socket_lost' | 'server_lost'): Promise<void> {
    if (this.#attached.get(consumer.actorUid)?.consumer !== consumer) return
    consumer.end(how)
    this.#attached.delete(consumer.actorUid)
    await this.#inOrder(consumer.actorUid, () => this.#saver.saved())
  }

  /** Moves on what waits for time. */
  tick(now: number): void {
    for (const { consumer } of this.#attached.values()) consumer.tick(now)
    if (now - this.#sweptAt >= SWEEP_MS) void this.sweep(now)
  }

  /** Ends consumers without contact for too long, and forgets old ends of wakes. */
  async sweep(now: number): Promise<void> {
    if (this.#sweeping) return
    this.#sweeping = true
    this.#sweptAt = now
    try {
      const { store, events, retention } = this.#deps
      const ifIdle = (actorUid: string, work: () => Promise<void>) =>
        this.#inOrder(actorUid, async () => {
          if (!this.#attached.has(actorUid)) await work()
        })
      await sweepConsumers({ store, events, retention, now, ifIdle })
    } catch (error) {
      logger.error('cannot end idle consumers: {error}', { error })
    }
    this.#sweeping = false
  }

  /** Forgets the consumers of agents that were removed. */
  async forgetRemoved(): Promise<void> {
    try {
      await this.#saver.saved()
      await this.#deps.store.transact((tx) => tx.deleteOrphanConsumers(this.#deps.now()))
    } catch (error) {
      logger.error('cannot forget the consumers of removed agents: {error}', { error })
    }
  }

  /** Resolves when everything that is known now is saved. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.#busy.values())
    await this.#saver.saved()
  }

  async #open(options: OpenConsumer): Promise<{ consumer: Consumer; state: ConsumerState }> {
    const { actorUid, agent, request } = options
    const { store, fanout } = this.#deps
    this.#takeOver(actorUid)
    await this.#saver.saved()
    const [stored, wakes] = await Promise.all([store.read.consumer(actorUid), store.read.openWakes(actorUid)])
    const rejected = await this.#rejections(options)
    // From here to the consumer's scan nothing may be missed: the head is taken before the write.
    const row = updatedConsumer(options, stored, { head: fanout.head, now: this.#deps.now() })
    await store.transact((tx) => tx.putConsumer(row))
    const consumer = new Consumer(this.#context, {
      actorUid,
      agent,
      principal: options.principal,
      subscription: subscriptionOf(row.bindings),
      from: new Map(row.bindings.map(({ room, from }) => [room, from])),
      window: request.window,
      scan: row.scan,
      wakes,
      sink: options.sink,
      onFailure: options.onFailure,
    })
    await consumer.advance(DELIVERY_LIMITS.scanBeforeReady)
    this.#attached.set(actorUid, { consumer, onTakenOver: options.onTakenOver })
    return { consumer, state: { durable: true, pending: consumer.pending, rejected } }
  }

  #takeOver(actorUid: string): void {
    this.#attached.get(actorUid)?.onTakenOver()
    const left = this.#attached.get(actorUid)
    if (left === undefined) return
    // Its socket had not come to READY and so cannot end it: it has sent nothing and may be forgotten.
    left.consumer.close()
    this.#saver.drop(left.consumer)
    this.#attached.delete(actorUid)
  }

  /** What of a subscription cannot be served now, and why. */
  async #rejections({ agent, principal, request }: OpenConsumer): Promise<ConsumerState['rejected']> {
    const { fanout, access } = this.#deps
    const rejected: ConsumerState['rejected'] = []
    const viewer = { principal, attachedAs: agent.agentId }
    const wanted = request.rooms.filter(({ wake }) => wake !== 'never')
    await fanout.directory.prepareRooms(wanted.map(({ id }) => id))
    for (const { id, approval } of wanted) {
      const room = fanout.directory.room(id)
      if (approval) rejected.push({ room: id, reason: NO_APPROVALS })
      else if (room === undefined || room.removedAt !== null)
        rejected.push({ room: id, reason: 'no such room' })
      else if (!fanout.audience.seesRoom(viewer, room))
        rejected.push({ room: id, reason: `${agent.agentId} may not read this room` })
    }
    const { dms } = request
    if (dms?.enabled !== true || dms.wake === 'never') return rejected
    if (!access.directMessages)
      rejected.push({ room: DMS, reason: 'direct messages are switched off on this network' })
    else if (dms.approval) rejected.push({ room: DMS, reason: NO_APPROVALS })
    return rejected
  }

  async #inOrder<T>(actorUid: string, work: () => Promise<T>): Promise<T> {
    const before = this.#busy.get(actorUid) ?? Promise.resolve()
    const running = before.then(work, work)
    this.#busy.set(actorUid, running)
    try {
      return await running
    } finally {
      if (this.#busy.get(actorUid) === running) this.#busy.delete(actorUid)
    }
  }
}

/** How `rejected` names direct messages, which are no room. */
const DMS = 'dms'

const NO_APPROVALS = 'approvals are not available yet'

/** The bindings of a request; one that was in force before keeps its beginning. */
function updatedConsumer(
  { actorUid, agent, request }: OpenConsumer,
  stored: StoredConsumer | undefined,
  { head, now }: { head: number; now: number },
): StoredConsumer {
  const before = new Map(stored?.bindings.map((binding) => [binding.room, binding]))
  const bind = (room: string | null, wake: RoomSubscription['wake']): StoredBinding => {
    const known = before.get(room)
    return { room, wake, from: known !== undefined && known.wake !== 'never' ? known.from : head }
  }
  const rooms = request.rooms.filter(({ approval }) => !approval).map(({ id, wake }) => bind(id, wake))
  const { dms } = request
  const direct = dms?.enabled === true && !dms.approval ? [bind(null, dms.wake ?? 'all')] : []
  const bindings = [...rooms, ...direct]
  return { actorUid, agentId: agent.agentId, scan: stored?.scan ?? head, bindings, contactAt: now }
}

function subscriptionOf(bindings: readonly StoredBinding[]) {
  const dms = bindings.find(({ room }) => room === null)
  return compileSubscription({
    rooms: bindings.flatMap(({ room, wake }) =>
      room === null ? [] : [{ id: room as RoomSubscription['id'], wake }],
    ),
    ...(dms !== undefined && { dms: { enabled: true, wake: dms.wake } }),
  })
}
