import type { Database, Statement } from 'bun:sqlite'
import type { Target, WakeCause } from '@moltnet/protocol'
import type {
  ConsumerChange,
  ConsumerReader,
  ConsumerTx,
  StoredBinding,
  StoredConsumer,
  StoredPresence,
  StoredWake,
  StoredWakeState,
} from '../consumer-port.ts'
import type { ReadAt } from './reader.ts'

interface ConsumerRow {
  id: number
  actor_uid: string
  agent_id: string
  scan: number
  contact_at: number
  bindings: string
}

interface WakeRow {
  position: number
  message_id: string
  target: string
  cause: WakeCause
  targeted: number
  created_at: number
  state: StoredWakeState
  attempts: number
  retries: number
  sends: number
  due_at: number
  error: string | null
  ended_at: number
}

const CONSUMER = `SELECT c.id, c.actor_uid, c.agent_id, c.scan, c.contact_at, s.bindings
  FROM consumers c JOIN subscriptions s ON s.consumer = c.id`

/** The writes of durable consumers on the write connection. */
export function createConsumerTx(db: Database): ConsumerTx {
  const writer = new ConsumerWriter(db)
  return {
    putConsumer: async (consumer) => writer.put(consumer),
    saveConsumers: async (changes) => writer.save(changes),
    deleteConsumer: async (actorUid) => writer.delete(actorUid),
    deleteOrphanConsumers: async () => writer.deleteOrphans(),
    forgetEndedWakes: async (endedBefore, limit) => writer.forgetEnded(endedBefore, limit),
    putPresence: async (presence) => writer.putPresence(presence),
    deletePresence: async (agentId) => writer.deletePresence(agentId),
  }
}

/** The reads of durable consumers; `at` runs a synchronous read when the connection shows committed state. */
export function createConsumerReader(db: Database, at: ReadAt): ConsumerReader {
  const rows = new ConsumerRows(db)
  return {
    consumer: (actorUid) => at(() => rows.consumer(actorUid)),
    openWakes: (actorUid) => at(() => rows.openWakes(actorUid)),
    lowestScan: (contactSince) => at(() => rows.lowestScan(contactSince)),
    idleConsumers: (contactBefore, limit) => at(() => rows.idle(contactBefore, limit)),
    presentAgents: () => at(() => rows.present()),
  }
}

class ConsumerWriter {
  readonly #put: Statement<{ id: number }, [string, string, number, number]>
  readonly #subscribe: Statement
  readonly #move: Statement<{ id: number }, [number, number, string]>
  readonly #putWake: Statement
  readonly #deleteWake: Statement
  readonly #delete: Statement
  readonly #deleteOrphans: Statement
  readonly #forget: Statement
  readonly #putPresence: Statement
  readonly #deletePresence: Statement

  constructor(db: Database) {
    this.#put = db.query(
      `INSERT INTO consumers (actor_uid, agent_id, scan, contact_at) VALUES (?, ?, ?, ?)
       ON CONFLICT (actor_uid) DO UPDATE
       SET agent_id = excluded.agent_id, scan = excluded.scan, contact_at = excluded.contact_at RETURNING id`,
    )
    this.#subscribe = db.query(
      `INSERT INTO subscriptions (consumer, bindings) VALUES (?, ?)
       ON CONFLICT (consumer) DO UPDATE SET bindings = excluded.bindings`,
    )
    this.#move = db.query('UPDATE consumers SET scan = ?, contact_at = ? WHERE actor_uid = ? RETURNING id')
    this.#putWake = db.query(
      `INSERT OR REPLACE INTO wakes (consumer, position, message_id, target, cause, targeted, created_at,
         state, attempts, retries, sends, due_at, error, ended_at)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    )
    this.#deleteWake = db.query('DELETE FROM wakes WHERE consumer = ? AND position = ?')
    this.#delete = db.query('DELETE FROM consumers WHERE actor_uid = ?')
    this.#deleteOrphans = db.query(
      'DELETE FROM consumers WHERE actor_uid NOT IN (SELECT actor_uid FROM agents)',
    )
    this.#forget = db.query(
      `DELETE FROM wakes WHERE (consumer, position) IN
         (SELECT consumer, position FROM wakes WHERE ended_at > 0 AND ended_at < ? LIMIT ?)`,
    )
    this.#putPresence = db.query('INSERT OR REPLACE INTO presence (agent_id, name) VALUES (?, ?)')
    this.#deletePresence = db.query('DELETE FROM presence WHERE agent_id = ?')
  }

  put({ actorUid, agentId, scan, contactAt, bindings }: StoredConsumer): void {
    const row = this.#put.get(actorUid, agentId, scan, contactAt) as { id: number }
    this.#subscribe.run(row.id, JSON.stringify(bindings))
  }

  save(changes: readonly ConsumerChange[]): void {
    for (const { actorUid, scan, contactAt, wakes, done } of changes) {
      const row = this.#move.get(scan, contactAt, actorUid)
      if (!row) continue
      for (const wake of wakes) this.#save(row.id, wake)
      for (const position of done) this.#deleteWake.run(row.id, position)
    }
  }

  #save(consumer: number, wake: StoredWake): void {
    this.#putWake.run(
      consumer,
      wake.position,
      wake.messageId,
      JSON.stringify(wake.target),
      wake.cause,
      wake.targeted ? 1 : 0,
      wake.createdAt,
      wake.state,
      wake.attempts,
      wake.retries,
      wake.sends,
      wake.dueAt,
      wake.error ?? null,
      wake.endedAt,
    )
  }

  delete(actorUid: string): void {
    this.#delete.run(actorUid)
  }

  deleteOrphans(): number {
    return this.#deleteOrphans.run().changes
  }

  forgetEnded(endedBefore: number, limit: number): void {
    this.#forget.run(endedBefore, limit)
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
  readonly #openWakes: Statement<WakeRow, [string]>
  readonly #lowestScan: Statement<{ scan: number | null }, [number]>
  readonly #present: Statement<{ agent_id: string; name: string | null }, []>

  constructor(db: Database) {
    this.#byActor = db.query(`${CONSUMER} WHERE c.actor_uid = ?`)
    this.#idle = db.query(`${CONSUMER} WHERE c.contact_at < ? ORDER BY c.contact_at LIMIT ?`)
    this.#openWakes = db.query(
      `SELECT w.* FROM consumers c JOIN wakes w ON w.consumer = c.id
       WHERE c.actor_uid = ? AND w.ended_at = 0 ORDER BY w.position`,
    )
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

  openWakes(actorUid: string): StoredWake[] {
    return this.#openWakes.all(actorUid).map(wakeOf)
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
    contactAt: row.contact_at,
    bindings: JSON.parse(row.bindings) as StoredBinding[],
  }
}

function wakeOf(row: WakeRow): StoredWake {
  return {
    position: row.position,
    messageId: row.message_id,
    target: JSON.parse(row.target) as Target,
    cause: row.cause,
    targeted: row.targeted === 1,
    createdAt: row.created_at,
    state: row.state,
    attempts: row.attempts,
    retries: row.retries,
    sends: row.sends,
    dueAt: row.due_at,
    error: row.error ?? undefined,
    endedAt: row.ended_at,
  }
}
