import type { ServerConfig } from '@moltnet/config'
import { createDelivery, createPresence } from './attach/delivery.ts'
import type { Delivery } from './attach/delivery-port.ts'
import type { AccessContext } from './domain/access.ts'
import { openEventLog } from './eventlog/log.ts'
import { createRetention, type Retention } from './eventlog/retention.ts'
import { accessContext } from './http/credentials.ts'
import type { HttpMetrics } from './http/deps.ts'
import { createMetrics } from './observability/metrics.ts'
import { applyConfiguration } from './services/apply.ts'
import { createServices, type Services } from './services/services.ts'
import type { Store } from './store/port.ts'

/** What a server is wired from. */
export interface WiringOptions {
  readonly store: Store
  readonly config: ServerConfig
  /** Shown by `/v1/network`. */
  readonly version: string
  /** Unix time in milliseconds, by the clock of the store. */
  now(): number
}

/** A server without its listeners; nothing of it runs before `delivery.start` and `retention.start`. */
export interface Wiring {
  readonly context: AccessContext
  readonly services: Services
  readonly delivery: Delivery
  readonly retention: Retention
  readonly metrics: HttpMetrics
}

/** Applies the configuration to the store, and wires everything between the store and the edge. */
export async function wireServer({ store, config, version, now }: WiringOptions): Promise<Wiring> {
  const context = accessContext(config)
  const log = await openEventLog(store)
  await applyConfiguration(store, config)

  const presence = createPresence({ store, config })
  // Services and delivery need each other: this is filled before anybody can call.
  const live: { delivery?: Delivery } = {}
  const disconnectAgent = (agentId: string, error: string) => live.delivery?.disconnectAgent(agentId, error)
  const metrics = createMetrics({ store, delivery: () => live.delivery?.stats })
  const services = createServices({
    config,
    version,
    context,
    store,
    presence,
    attachmentOf: (agentId) => live.delivery?.attachmentOf(agentId),
    disconnectAgent,
    metrics,
    now,
    ledger: {
      flush: async () => live.delivery?.ledger.flush(),
      guardOn: (agentId, message) => live.delivery?.ledger.guardOn(agentId, message),
      operate: async (wake, action, note) =>
        (await live.delivery?.ledger.operate(wake, action, note)) ?? false,
    },
  })
  const { registration } = services
  const delivery = createDelivery({
    config,
    context,
    store,
    log,
    registration,
    presence,
    meter: metrics.wakes,
    now,
  })
  live.delivery = delivery
  const retention = createRetention({ store, log, retention: config.storage.events, now })
  return { context, services, delivery, retention, metrics }
}
