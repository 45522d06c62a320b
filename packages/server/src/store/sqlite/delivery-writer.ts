import type { Database, Statement } from 'bun:sqlite'
import type {
  SocketDelivery,
  StoredDelivery,
  StoredJournal,
  StoredStep,
  StoredWake,
} from '../consumer-port.ts'
import { deliveryOf, type DeliveryRow } from './delivery-row.ts'

/** Writes the ledger on the write connection. */
export class DeliveryWriter {
  readonly #put: Statement
  readonly #putSocket: Statement
  readonly #endOpen: Statement<DeliveryRow, [number, string]>
  readonly #endOrphans: Statement<DeliveryRow, [number]>
  readonly #number: Statement<{ id: number }, [string, number]>
  readonly #forget: Statement

  constructor(db: Database) {
    const values = `VALUES (${Array.from({ length: 20 }, () => '?').join(', ')})`
    const columns = `actor_uid, agent_id, durable, position, message_id, target, cause, targeted, created_at,
      state, shown, attempts, retries, sends, due_at, error, ended_at, journal, by_agent, holds_text`
    const update = `shown = excluded.shown, sends = excluded.sends, error = excluded.error,
      ended_at = excluded.ended_at, journal = excluded.journal, holds_text = excluded.holds_text`
    this.#put = db.query(
      `INSERT INTO deliveries (${columns}) ${values}
       ON CONFLICT (actor_uid, position) DO UPDATE SET durable = 1, ${update}, state = excluded.state,
         attempts = excluded.attempts, retries = excluded.retries, due_at = excluded.due_at`,
    )
    this.#putSocket = db.query(
      `INSERT INTO deliveries (${columns}) ${values}
       ON CONFLICT (actor_uid, position) DO UPDATE SET shown = excluded.shown, error = excluded.error,
         ended_at = excluded.ended_at,
         sends = sends + (excluded.shown = 'sent'),
         journal = json_insert(journal, '$.steps[#]', json_extract(excluded.journal, '$.steps[#-1]'))
       WHERE durable = 0`,
    )
    const end = (state: string, reason: string) =>
      `UPDATE deliveries SET state = '${state}', shown = '${state}', ended_at = ?1,
         journal = json_insert(journal, '$.steps[#]', json_object('step', '${state}', 'at', ?1, 'reason', '${reason}'))
       WHERE ended_at = 0`
    this.#endOpen = db.query(
      `${end('expired', 'the agent was not attached for too long')} AND actor_uid = ?2 RETURNING *`,
    )
    this.#endOrphans = db.query(
      `${end('dismissed', 'the agent was removed')} AND actor_uid IN
         (SELECT actor_uid FROM consumers WHERE actor_uid NOT IN (SELECT actor_uid FROM agents)) RETURNING *`,
    )
    this.#number = db.query('SELECT id FROM deliveries WHERE actor_uid = ? AND position = ?')
    this.#forget = db.query(
      `DELETE FROM deliveries WHERE id IN (SELECT id FROM deliveries WHERE ended_at > 0 AND ended_at < ? LIMIT ?)`,
    )
  }

  put({ actorUid, agentId }: { actorUid: string; agentId: string }, wake: StoredWake): void {
    const { target, targeted, error, journal } = wake
    this.#put.run(
      actorUid,
      agentId,
      1,
      wake.position,
      wake.messageId,
      JSON.stringify(target),
      wake.cause,
      targeted ? 1 : 0,
      wake.createdAt,
      wake.state,
      wake.shown,
      wake.attempts,
      wake.retries,
      wake.sends,
      wake.dueAt,
      error ?? null,
      wake.endedAt,
      JSON.stringify(journal),
      wake.byAgent ?? null,
      wake.shown === 'silent' && journal.finalText !== undefined ? 1 : 0,
    )
  }

  putSocket(delivery: SocketDelivery): void {
    const { actorUid, agentId, position, messageId, target, cause, createdAt, shown, at, error } = delivery
    const step: StoredStep = { step: shown, at, ...(error !== undefined && { error }) }
    const steps: StoredStep[] = [{ step: 'stored', at: createdAt }, step]
    const journal: StoredJournal = { steps, turn: 'none', begun: false, resent: false, spoke: false }
    this.#putSocket.run(
      actorUid,
      agentId,
      0,
      position,
      messageId,
      JSON.stringify(target),
      cause,
      1,
      createdAt,
      'done',
      shown,
      0,
      0,
      1,
      0,
      error ?? null,
      // There is no machine that would end it later: it counts as ended from the start.
      at,
      JSON.stringify(journal),
      // Only guards ask, and they have nothing to do with v1 sockets.
      null,
      0,
    )
  }

  endOpen(actorUid: string, at: number): StoredDelivery[] {
    return this.#endOpen.all(at, actorUid).map(deliveryOf)
  }

  endOrphans(at: number): StoredDelivery[] {
    return this.#endOrphans.all(at).map(deliveryOf)
  }

  number(actorUid: string, position: number): number | undefined {
    return this.#number.get(actorUid, position)?.id
  }

  forgetEnded(endedBefore: number, limit: number): number {
    return this.#forget.run(endedBefore, limit).changes
  }
}
