import { formatTime } from '@moltnet/protocol'
import type { ConsumerRequest, ConsumerState } from '@moltnet/protocol'
import type { AccessContext } from '../domain/access.ts'
import type { Principal } from '../domain/principal.ts'
import type { StoredWake } from '../store/consumer-port.ts'
import type { Store } from '../store/port.ts'
import type { NamedAgent } from './agent-events.ts'
import { subscriptionOf, updatedConsumer } from './bindings.ts'
import { Consumer } from './consumer.ts'
import type { ConsumerContext } from './consumer-options.ts'
import { DELIVERY_LIMITS } from './limits.ts'
import type { FrameSink } from './log-subscriber.ts'
import { type BegunTurn, TURNS_KEPT_MS, turnsOf } from './turn-meter.ts'

/** How `rejected` names direct messages, which are no room. */
const DMS = 'dms'

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

/** What consumers are opened with. */
export interface ConsumerOpeningDeps extends ConsumerContext {
  readonly store: Store
  readonly access: AccessContext
}

/** Makes the consumer of an agent from what it asks for and what the store knows of it. */
export class ConsumerOpening {
  readonly #deps: ConsumerOpeningDeps

  constructor(deps: ConsumerOpeningDeps) {
    this.#deps = deps
  }

  /**
   * Opens the consumer of an actor, made at the head when there is none, and says what of its subscription
   * cannot be served. Resolves once it is durable. Nobody else may hold or save a consumer of the actor meanwhile.
   */
  async open(options: OpenConsumer): Promise<{ consumer: Consumer; rejected: ConsumerState['rejected'] }> {
    const { actorUid, agent, request } = options
    const { store, fanout, now } = this.#deps
    const [stored, wakes, turns] = await Promise.all([
      store.read.consumer(actorUid),
      this.#openWakes(options),
      this.#turns(actorUid),
    ])
    const rejected = await this.#rejections(options)
    // From here to the consumer's scan nothing may be missed: the head is taken before the write.
    const row = updatedConsumer({ actorUid, agentId: agent.agentId, request }, stored, {
      head: fanout.head,
      now: now(),
    })
    await store.transact((tx) => tx.putConsumer(row))
    const consumer = new Consumer(this.#deps, {
      actorUid,
      agent,
      principal: options.principal,
      subscription: subscriptionOf(row.bindings),
      from: new Map(row.bindings.map(({ room, from }) => [room, from])),
      window: request.window,
      scan: row.scan,
      wakes,
      guards: request.guards,
      turns,
      known: new Set(await store.read.wakePositions(actorUid, row.scan)),
      sink: options.sink,
      onFailure: options.onFailure,
    })
    return { consumer, rejected }
  }

  /** The agent's turns of the last hour, as far as the newest lines of its ledger tell. */
  async #turns(actorUid: string): Promise<readonly BegunTurn[]> {
    const { store, now } = this.#deps
    const since = now() - TURNS_KEPT_MS
    const recent = { endedSince: since, limit: DELIVERY_LIMITS.linesForTurns }
    return turnsOf(await store.read.recentWakes(actorUid, recent)).filter(({ at }) => at >= since)
  }

  /** The open wakes, with what the agent said while its turns ran on without a socket. */
  async #openWakes({ actorUid, agent: { agentId } }: OpenConsumer): Promise<StoredWake[]> {
    const { read } = this.#deps.store
    const wakes: StoredWake[] = []
    for (const wake of await read.openWakes(actorUid)) {
      const { journal, target, position: after } = wake
      const began = journal.steps.findLast(({ step }) => step === 'turn_started' || step === 'sent')
      const unsure = !journal.spoke && (journal.turn === 'running' || journal.turn === 'sent')
      const since = formatTime(BigInt(began?.at ?? wake.createdAt) * 1_000_000n)
      const spoke = unsure && (await read.hasSpoken({ agentId, target, after, since }))
      wakes.push(spoke ? { ...wake, journal: { ...journal, spoke } } : wake)
    }
    return wakes
  }

  /** What of a subscription cannot be served now, and why. */
  async #rejections({ agent, principal, request }: OpenConsumer): Promise<ConsumerState['rejected']> {
    const { fanout, access } = this.#deps
    const rejected: ConsumerState['rejected'] = []
    const viewer = { principal, attachedAs: agent.agentId }
    const wanted = request.rooms.filter(({ wake }) => wake !== 'never')
    await fanout.directory.prepareRooms(wanted.map(({ id }) => id))
    for (const { id } of wanted) {
      const room = fanout.directory.room(id)
      if (room === undefined || room.removedAt !== null) rejected.push({ room: id, reason: 'no such room' })
      else if (!fanout.audience.seesRoom(viewer, room))
        rejected.push({ room: id, reason: `${agent.agentId} may not read this room` })
    }
    const { dms } = request
    if (dms?.enabled !== true || dms.wake === 'never') return rejected
    if (!access.directMessages)
      rejected.push({ room: DMS, reason: 'direct messages are switched off on this network' })
    return rejected
  }
}
