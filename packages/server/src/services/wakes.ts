import {
  type Delivery,
  type DeliveryPage,
  type DeliveryState,
  type Message,
  MoltnetError,
  type PageQuery,
  parseTime,
  type Wake,
  type WakeAction,
  type WakePage,
} from '@moltnet/protocol'
import { boundAgent, isObserver, type Principal } from '../domain/principal.ts'
import { agentKey } from '../domain/room.ts'
import { deliveryNumber, wakeId } from '../eventlog/wake-id.ts'
import type { OperatorEventType } from '../eventlog/wake-rows.ts'
import type { DeliveryFilter, StoredDelivery } from '../store/consumer-port.ts'
import { ensure, type ServiceDeps } from './deps.ts'
import { waitingDeliveries } from './deliveries-to-come.ts'
import { dismissText, publishText } from './held-text.ts'
import { memoryPage, pageOf } from './page.ts'
import { wireDelivery, wireWake } from './wake-wire.ts'

/** The ledger: what became of each message for each agent, and what operators do about it. */
export interface WakeService {
  /** By agent id. */
  ofMessage(principal: Principal, messageId: string, query: PageQuery): Promise<DeliveryPage>
  /** In the order in which they were met. */
  ofAgent(principal: Principal, agentId: string, query: WakeQuery): Promise<WakePage>
  list(principal: Principal, query: WakeQuery): Promise<WakePage>
  operate(principal: Principal, id: string, action: WakeAction): Promise<Wake>
}

/** A page of wakes, of one state perhaps, or with a text that is held. */
export interface WakeQuery {
  readonly page: PageQuery
  readonly state?: DeliveryState
  readonly heldText?: boolean
}

export function createWakeService(deps: ServiceDeps): WakeService {
  const { context, store, ledger } = deps

  const list = async (principal: Principal, filter: DeliveryFilter, page: PageQuery): Promise<WakePage> => {
    await ledger.flush()
    const slice = await store.read.listDeliveries(storedQuery(page), filter)
    const wakes = slice.items.map((item) => wireWake(item, isObserver(principal)))
    return { wakes, page: pageOf(slice, page, ({ id }) => wakeId(id)) }
  }

  return {
    async ofMessage(principal, messageId, query) {
      ensure(context, principal, 'read', { kind: 'deliveries' })
      await ledger.flush()
      const all = await deliveriesOf(deps, messageId)
      const own = isObserver(principal) ? undefined : boundAgent(principal)
      const mine = own === undefined ? all : all?.filter(({ agent_id }) => agent_id === own)
      // Whether a message exists is nothing for agents that it was not for.
      if (mine === undefined || (own !== undefined && mine.length === 0)) {
        throw new MoltnetError('not_found', 'no such message')
      }
      const shown = own === undefined ? mine : mine.map(({ final_text: _hidden, ...rest }) => rest)
      const slice = memoryPage(shown, query, ({ agent_id }) => agent_id)
      return { deliveries: [...slice.items], page: pageOf(slice, query, ({ agent_id }) => agent_id) }
    },

    async ofAgent(principal, id, { page, ...filter }) {
      const agentId = agentKey(id, context.networkId)
      ensure(context, principal, 'read', { kind: 'agent_wakes', agentId })
      return list(principal, { agentId, ...filter }, page)
    },

    async list(principal, { page, ...filter }) {
      ensure(context, principal, 'read', { kind: 'wakes' })
      return list(principal, filter, page)
    },

    async operate(principal, id, action) {
      ensure(context, principal, 'operate', { kind: 'wakes' })
      await ledger.flush()
      const number = deliveryNumber(id)
      const wake = number === undefined ? undefined : await store.read.delivery(number)
      if (wake === undefined) throw new MoltnetError('not_found', 'no such wake')
      const isObserving = isObserver(principal)
      if (action === 'publish') return wireWake(await publishText(deps, principal, wake), isObserving)
      if (action === 'dismiss' && wake.shown === 'silent') {
        return wireWake(await dismissText(deps, principal, wake), isObserving)
      }
      const done = wake.durable && (await ledger.operate(wake, action, { by: principal.credentialKey }))
      const after = (await store.read.delivery(wake.id)) ?? wake
      if (!done) throw new MoltnetError('conflict', refusal(after, action))
      return wireWake(after, isObserving)
    },
  }
}

/** Everything known about a message: the lines of the ledger, and what has none. Undefined: no such message. */
async function deliveriesOf(deps: ServiceDeps, messageId: string): Promise<Delivery[] | undefined> {
  const { store, config } = deps
  const [lines, stored] = await Promise.all([
    store.read.deliveriesOf(messageId),
    store.read.message(messageId),
  ])
  if (stored === undefined) return undefined
  const known = lines.map(wireDelivery)
  const { message, eventId } = stored
  const kept = deps.now() - config.storage.events.maxAgeMs
  const others = timeOf(message) < kept ? [] : await waitingDeliveries(deps, { message, eventId, known })
  return [...known, ...others].sort((a, b) => (a.agent_id < b.agent_id ? -1 : 1))
}

function timeOf({ created_at }: Message): number {
  return Number((parseTime(created_at) ?? 0n) / 1_000_000n)
}

/** Clients know ids of wakes, the store knows numbers. */
function storedQuery(query: PageQuery): PageQuery {
  if (query.from === 'newest') return query
  return { ...query, cursor: String(deliveryNumber(query.cursor) ?? query.cursor) }
}

function refusal({ shown, durable }: StoredDelivery, action: OperatorEventType): string {
  if (!durable) return 'this message went to a v1 socket, which has nothing to operate on'
  const from = { approve: 'held', dismiss: 'held', retry: 'failed, dead, expired or dismissed' }[action]
  return `this wake is ${shown}: ${action} needs one that is ${from}, in a conversation that its agent still subscribes to`
}
