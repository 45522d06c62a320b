import type { Database, Statement } from 'bun:sqlite'
import { fqid } from '@moltnet/protocol'
import type {
  ConsumerChange,
  ConsumerReader,
  ConsumerTx,
  StoredBinding,
  StoredConsumer,
  StoredDelivery,
  StoredPresence,
} from '../consumer-port.ts'
import { ChainRows, ChainWriter } from './chains.ts'
import { DeliveryRows } from './deliveries.ts'
import { DeliveryWriter } from './delivery-writer.ts'
import type { ReadAt } from './reader.ts'

interface ConsumerRow {
  id: number
  actor_uid: string
  agent_id: string
  scan: number
  approval_scan: number | null
  contact_at: number
  bindings: string
}

const CONSUMER = `SELECT c.id, c.actor_uid, c.agent_id, c.scan, c.approval_scan, c.contact_at, s.bindings
  FROM consumers c JOIN subscriptions s ON s.consumer = c.id`

/** The writes of durable consumers on the write connection. */
export function createConsumerTx(db: Database): ConsumerTx {
  const writer = new ConsumerWriter(db)
  const chains = new ChainWriter(db)
  const rows = new DeliveryRows(db)
  return {
    putConsumer: async (consumer) => writer.put(consumer),
    saveConsumers: async (changes) => writer.save(changes),
    deleteConsumer: async (actorUid, at) => writer.delete(actorUid, at),
    deleteOrphanConsumers: async (at) => writer.deleteOrphans(at),
    delivery: async (id) => rows.find(id),
    putEnded: async (delivery) => writer.deliveries.put(delivery, delivery),
    wakeNumber: async (actorUid, position) => writer.deliveries.number(actorUid, position),
    forgetEndedWakes: async (endedBefore, limit) => writer.deliveries.forgetEnded(endedBefore, limit),
    saveChains: async (changed) => chains.save(changed),
    restartChain: async (conversation, position) => chains.restart(conversation, position),
    forgetChains: async (changedBefore) => chains.forget(changedBefore),
    putSocketDelivery: async (delivery) => writer.deliveries.putSocket(delivery),
    putPresence: async (presence) => writer.putPresence(presence),
    deletePresence: async (agentId) => writer.deletePresence(agentId),
  }
}

/** The reads of durable consumers; `at` runs a synchronous read when the connection shows committed state. */
export function createConsumerReader(
  db: Database,
  { at, identity }: { at: ReadAt; identity: { readonly networkId: string } },
): ConsumerReader {
  const rows = new ConsumerRows(db)
  const deliveries = new DeliveryRows(db)
  const chains = new ChainRows(db)
  return {
    consumer: (actorUid) => at(() => rows.consumer(actorUid)),
    openWakes: (actorUid) => at(() => deliveries.openWakes(actorUid)),
    recentWakes: (actorUid, o) => at(() => deliveries.recent(actorUid, o)),
    heldByGuard: (target, after) => at(() => deliveries.heldByGuard(target, after)),
    chains: () => at(() => chains.all()),
    approvalConsumers: () => at(() => rows.withApproval()),
    consumersBehind: (position) => at(() => rows.behind(position)),
    wakePositions: (actorUid, after) => at(() => deliveries.positions(actorUid, after)),
    delivery: (id) => at(() => deliveries.find(id)),
    heldCounts: () => at(() => deliveries.heldCounts()),
    latestDeliveries: (agentIds) => at(() => deliveries.latest(agentIds)),
    deliveriesOf: (messageId) => at(() => deliveries.ofMessage(messageId)),
    listDeliveries: (query, filter) => at(() => deliveries.list(query, filter)),
    hasSpoken: ({ agentId, ...where }) =>
      at(() => deliveries.hasSpoken({ ...where, fqid: fqid(identity.networkId, 'agents', agentId) })),
    lowestScan: (contactSince) => at(() => rows.lowestScan(contactSince)),
    idleConsumers: (contactBefore, limit) => at(() => rows.idle(contactBefore, limit)),
    presentAgents: () => at(() => rows.present()),
  }
}

class ConsumerWriter {
  readonly deliveries: DeliveryWriter
  readonly #put: Statement<{ id: number }, [string, string, number, number | null, number]>
  readonly #subscribe: Statement
  readonly #move: Statement<{ agent_id: string }, [number | null, number | null, number | null, string]>
  readonly #delete: Statement
  readonly #deleteOrphans: Statement
  readonly #putPresence: Statement
  readonly #deletePresence: Statement

  constructor(db: Database) {
    this.deliveries = new DeliveryWriter(db)
    this.#put = db.query(
      `INSERT INTO consumers (actor_uid, agent_id, scan, approval_scan, contact_at) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT (actor_uid) DO UPDATE SET agent_id = excluded.agent_id, scan = excluded.scan,
         approval_scan = excluded.approval_scan, contact_at = excluded.contact_at RETURNING id`,
    )
    this.#subscribe = db.query(
      `INSERT INTO subscriptions (consumer, bindings) VALUES (?, ?)
       ON CONFLICT (consumer) DO UPDATE SET bindings = excluded.bindings`,
    )
    this.#move = db.query(
      `UPDATE consumers SET scan = coalesce(?, scan), approval_scan = coalesce(?, approval_scan),
         contact_at = coalesce(?, contact_at) WHERE actor_uid = ? RETURNING agent_id`,
    )
    this.#delete = db.query('DELETE FROM consumers WHERE actor_uid = ?')
    this.#deleteOrphans = db.query(
      'DELETE FROM consumers WHERE actor_uid NOT IN (SELECT actor_uid FROM agents)',
    )
    this.#putPresence = db.query('INSERT OR REPLACE INTO presence (agent_id, name) VALUES (?, ?)')
    this.#deletePresence = db.query('DELETE FROM presence WHERE agent_id = ?')
  }

  put({ actorUid, agentId, scan, approvalScan, contactAt, bindings }: StoredConsumer): void {
    const row = this.#put.get(actorUid, agentId, scan, approvalScan ?? null, contactAt) as { id: number }
    this.#subscribe.run(row.id, JSON.stringify(bindings))
  }

  save(changes: readonly ConsumerChange[]): void {
    for (const { actorUid, scan, approvalScan, contactAt, wakes } of changes) {
      const row = this.#move.get(scan ?? null, approvalScan ?? null, contactAt ?? null, actorUid)
      if (!row) continue
      for (const wake of wakes) this.deliveries.put({ actorUid, agentId: row.agent_id }, wake)
    }
  }

  delete(actorUid: string, at: number): readonly StoredDelivery[] {
    const ended = this.deliveries.endOpen(actorUid, at)
    this.#delete.run(actorUid)
    return ended
  }

  deleteOrphans(at: number): readonly StoredDelivery[] {
    const ended = this.deliveries.endOrphans(at)
    this.#deleteOrphans.run()
    return ended
  }

  putPresence({ agentId, name }: StoredPresence): void {
    this.#putPresence.run(agentId, name ?? null)
  }

  deletePresence(agentId: string): void {
    this.#deletePresence.run(agentId)
  }
}

class ConsumerRows {
  readonly #byActor: Statement<ConsumerRow, [string]>
  readonly #idle: Statement<ConsumerRow, [number, number]>
  readonly #withApproval: Statement<ConsumerRow, []>
  readonly #behind: Statement<ConsumerRow, [number]>
  readonly #lowestScan: Statement<{ scan: number | null }, [number]>
  readonly #present: Statement<{ agent_id: string; name: string | null }, []>

  constructor(db: Database) {
    this.#byActor = db.query(`${CONSUMER} WHERE c.actor_uid = ?`)
    this.#idle = db.query(`${CONSUMER} WHERE c.contact_at < ? ORDER BY c.contact_at LIMIT ?`)
    this.#withApproval = db.query(`${CONSUMER} WHERE c.approval_scan IS NOT NULL`)
    this.#behind = db.query(`${CONSUMER} WHERE c.scan < ?`)
    this.#lowestScan = db.query('SELECT min(scan) AS scan FROM consumers WHERE contact_at >= ?')
    this.#present = db.query('SELECT agent_id, name FROM presence ORDER BY agent_id')
  }

  consumer(actorUid: string): StoredConsumer | undefined {
    const row = this.#byActor.get(actorUid)
    return row ? consumerOf(row) : undefined
  }

  idle(contactBefore: number, limit: number): StoredConsumer[] {
    return this.#idle.all(contactBefore, limit).map(consumerOf)
  }

  withApproval(): StoredConsumer[] {
    return this.#withApproval.all().map(consumerOf)
  }

  behind(position: number): StoredConsumer[] {
    return this.#behind.all(position).map(consumerOf)
  }

  lowestScan(contactSince: number): number | undefined {
    return this.#lowestScan.get(contactSince)?.scan ?? undefined
  }

  present(): StoredPresence[] {
    return this.#present.all().map((row) => ({ agentId: row.agent_id, name: row.name ?? undefined }))
  }
}

function consumerOf(row: ConsumerRow): StoredConsumer {
  return {
    actorUid: row.actor_uid,
    agentId: row.agent_id,
    scan: row.scan,
    ...(row.approval_scan !== null && { approvalScan: row.approval_scan }),
    contactAt: row.contact_at,
    bindings: JSON.parse(row.bindings) as StoredBinding[],
  }
}
