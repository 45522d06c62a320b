import type { ServerConfig } from '@moltnet/config'
import { getLogger } from '@logtape/logtape'
import type { NetworkId } from '@moltnet/protocol'
import { AgentEvents } from '../eventlog/agent-events.ts'
import { Audience } from '../eventlog/audience.ts'
import { GuardActions } from '../eventlog/consumer-guard.ts'
import { Consumers } from '../eventlog/consumers.ts'
import { Envelopes } from '../eventlog/envelope.ts'
import { Fanout } from '../eventlog/fanout.ts'
import { Gaps } from '../eventlog/gaps.ts'
import { DELIVERY_LIMITS } from '../eventlog/limits.ts'
import type { LogSubscriber } from '../eventlog/log-subscriber.ts'
import { Outbox } from '../eventlog/outbox.ts'
import { RoomDirectory } from '../eventlog/room-directory.ts'
import { WakeEntries } from '../eventlog/wake-entries.ts'
import { SseStreams } from '../http/sse.ts'
import type { Commit, Store } from '../store/port.ts'
import type { Attachment } from './attachment.ts'
import type { Delivery, DeliveryDeps, DeliveryStats } from './delivery-port.ts'
import { Gateway } from './gateway.ts'
import { PresenceTracker } from './presence.ts'
import { Sessions } from './sessions.ts'
import { Ticker } from './ticker.ts'

const logger = getLogger(['moltnet', 'delivery'])

/** Who is attached; the services ask it before delivery is wired. */
export function createPresence(o: { store: Store; config: ServerConfig }): PresenceTracker {
  const { store, config } = o
  const events = new AgentEvents(config.network.id)
  return new PresenceTracker({ store, events, debugEvents: config.server.debugEvents })
}

/** Wires everything live. */
export function createDelivery(deps: DeliveryDeps): Delivery {
  const { presence } = deps
  const parts = wire(deps)
  const { gateway, sessions, streams, consumers, outbox, ticker } = parts
  const lag = listenToCommits(deps, parts)
  ticker.onTick((at) => {
    const now = deps.now()
    streams.tick(at, now)
    consumers.tick(now)
  })
  return {
    attach: gateway,
    websocket: gateway.websocket,
    streams,
    stats: statsOf(parts, lag),
    async start() {
      await presence.start()
      await consumers.start()
      ticker.start()
    },
    attachmentOf: (agentId) => sessions.attachmentOf(agentId),
    disconnectAgent: (agentId, error) => sessions.cut(agentId, error),
    ledger: {
      flush: async () => {
        await Promise.all([consumers.flush(), outbox.flushed()])
      },
      guardOn: (agentId, message) => consumers.guardOn(agentId, message),
      operate: (wake, action, note) => consumers.operate(wake, action, note),
    },
    async stop() {
      streams.stop()
      gateway.stop()
      await Promise.all([consumers.settled(), outbox.settled(), presence.stop()])
      ticker.stop()
      gateway.terminate()
      logger.debug('live delivery has stopped')
    },
  }
}

type Parts = ReturnType<typeof wire>

function wire(deps: DeliveryDeps) {
  const { config, context, store, log, registration, presence, now } = deps
  const networkId = config.network.id
  const { limits } = config.server
  const counters = { framesSent: 0, redeliveries: 0, stalled: 0, guardActions: new GuardActions() }
  const { fanout, directory } = fanoutOf(deps, networkId)
  // What v1 sockets and durable consumers both need.
  const shared = {
    fanout,
    gaps: new Gaps({ log, networkId, now }),
    events: new AgentEvents(networkId),
    epoch: store.epoch,
    now,
  }
  const outbox = new Outbox(store)
  const consumers = new Consumers({
    ...shared,
    store,
    access: context,
    retention: config.storage.events,
    delivery: config.delivery,
    guards: config.guards,
    roomGuards: new Map(config.rooms.map(({ id, guards = {} }) => [id as string, guards])),
    telling: { events: shared.events, maxAttempts: config.delivery.maxAttempts, meter: deps.meter },
    networkId,
    entries: new WakeEntries({ log, directory, read: store.read, networkId }),
    stats: counters,
  })
  const ticker = new Ticker(DELIVERY_LIMITS.tickMs)
  const onIdentified = (attachment: Attachment) => gateway.identified(attachment)
  const sessions = new Sessions({
    ...shared,
    context,
    registration,
    consumers,
    presence,
    outbox,
    onIdentified,
  })
  const trustsLoopback = context.mode === 'none'
  const gateway: Gateway = new Gateway({ sessions, ticker, counters, limits, trustsLoopback, now })
  const streams = new SseStreams({ ...shared, limits, counters })
  return { fanout, outbox, consumers, ticker, sessions, gateway, streams, counters }
}

/** Hands every commit on; what it took is the lag of delivery. */
function listenToCommits({ store }: DeliveryDeps, { sessions, consumers, fanout }: Parts) {
  const lag = { sum: 0, count: 0 }
  store.onCommit((commit) => {
    cutRemoved(commit, { sessions, consumers })
    consumers.heard(commit.entries)
    const started = performance.now()
    fanout.publish(commit)
    lag.sum += (performance.now() - started) / 1_000
    lag.count += 1
  })
  return lag
}

function fanoutOf({ context, store, log }: DeliveryDeps, networkId: NetworkId) {
  const directory = new RoomDirectory(store.read)
  const audience = new Audience<LogSubscriber>(context, directory)
  const envelopes = new Envelopes(networkId)
  return { directory, fanout: new Fanout({ log, directory, audience, envelopes }) }
}

/** An agent that is removed loses its sockets in the turn of the commit: nothing reaches it afterwards. */
function cutRemoved(commit: Commit, o: { sessions: Sessions; consumers: Consumers }): void {
  let removed = false
  for (const { type, scope } of commit.entries) {
    if (type !== 'agent.removed' || scope.kind !== 'agent') continue
    o.sessions.cut(scope.agentId, 'this agent was removed')
    removed = true
  }
  if (removed) void o.consumers.forgetRemoved()
}

function statsOf(parts: Parts, lag: DeliveryStats['deliverySeconds']): DeliveryStats {
  const { gateway, sessions, streams, consumers, counters } = parts
  return {
    get attachments() {
      return sessions.ready
    },
    get sockets() {
      return gateway.size
    },
    get streams() {
      return streams.size
    },
    get consumers() {
      return consumers.size
    },
    get pendingWakes() {
      return consumers.pendingWakes
    },
    get framesSent() {
      return counters.framesSent
    },
    get redeliveries() {
      return counters.redeliveries
    },
    get stalled() {
      return counters.stalled
    },
    guardActions: counters.guardActions,
    deliverySeconds: lag,
  }
}
