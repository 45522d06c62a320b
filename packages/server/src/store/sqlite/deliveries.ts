import type { Database, Statement } from 'bun:sqlite'
import type { DeliveryState, PageQuery, Target } from '@moltnet/protocol'
import { conversationKey, conversationOf } from '@moltnet/protocol'
import type {
  DeliveryFilter,
  LatestDelivery,
  StoredDelivery,
  StoredStep,
  StoredWake,
} from '../consumer-port.ts'
import type { Slice } from '../port.ts'
import { PUBLISHED_TEXT_PREFIX } from '../published-text.ts'
import { deliveryOf, type DeliveryRow, wakeOf } from './delivery-row.ts'
import { Keyset, type KeysetSql, startOf, takePage } from './paging.ts'

/** Bytes that a line is counted as besides its history, when a page is bounded. */
const LINE_BYTES = 512

const LINE = { select: '*', from: 'deliveries', key: ['id'] } as const

/** What most lines are in the end. They are not in the indexes by state, and dense enough to be found without. */
const USUAL: ReadonlySet<DeliveryState> = new Set<DeliveryState>(['spoke', 'acked'])

/** The condition of the indexes by state, as the migration has it. */
const UNUSUAL = "shown NOT IN ('spoke', 'acked')"

/** The key of a line's conversation. */
const CONVERSATION = `json_extract(target, '$.kind') || ':' ||
  coalesce(json_extract(target, '$.dm_id'), json_extract(target, '$.thread_id'), json_extract(target, '$.room_id'))`

type ListName =
  | 'all'
  | 'agent'
  | 'state'
  | 'agentState'
  | 'usualState'
  | 'agentUsualState'
  | 'heldText'
  | 'agentHeldText'

/** The lists of the ledger, so that a test can look at their plans. */
export const DELIVERY_LISTS: Readonly<Record<ListName, KeysetSql>> = {
  all: LINE,
  agent: { ...LINE, where: 'agent_id = ?' },
  state: { ...LINE, where: `shown = ? AND ${UNUSUAL}` },
  agentState: { ...LINE, where: `agent_id = ? AND shown = ? AND ${UNUSUAL}` },
  usualState: { ...LINE, where: 'shown = ?' },
  agentUsualState: { ...LINE, where: 'agent_id = ? AND shown = ?' },
  heldText: { ...LINE, where: 'holds_text = 1' },
  agentHeldText: { ...LINE, where: 'agent_id = ? AND holds_text = 1' },
}

/**
 * The newest lines of some agents, given as a JSON array: one seek for each, however many lines it has.
 * Exported so that a test can look at its plan.
 */
export const LATEST_DELIVERIES = `SELECT d.id, d.agent_id, d.message_id, d.shown,
    json_extract(d.journal, '$.steps[#-1]', '$.reason') AS said
  FROM json_each(?) AS asked JOIN deliveries AS d
    ON d.id = (SELECT max(id) FROM deliveries WHERE agent_id = asked.value)`

/** Lines that wait for an operator, found by index. Exported so that a test can look at its plan. */
export const HELD_COUNTS = `SELECT
    (SELECT count(*) FROM deliveries WHERE shown = 'held' AND ${UNUSUAL}) AS heldWakes,
    (SELECT count(*) FROM deliveries WHERE holds_text = 1) AS heldTexts`

type LatestRow = Pick<DeliveryRow, 'id' | 'agent_id' | 'message_id' | 'shown'> & {
  /** The last step and why the wake is held, as a JSON array. */
  readonly said: string
}

/** Reads the ledger on one connection. */
export class DeliveryRows {
  readonly #open: Statement<DeliveryRow, [string]>
  readonly #recent: Statement<DeliveryRow, [string, number, number]>
  readonly #held: Statement<DeliveryRow, [number, string]>
  readonly #positions: Statement<{ position: number }, [string, number]>
  readonly #byId: Statement<DeliveryRow, [number]>
  readonly #ofMessage: Statement<DeliveryRow, [string]>
  readonly #latest: Statement<LatestRow, [string]>
  readonly #waiting: Statement<{ heldWakes: number; heldTexts: number }, []>
  readonly #lists: Readonly<Record<ListName, Keyset<DeliveryRow>>>
  readonly #spoken: { readonly [K in 'room' | 'thread' | 'dm']: Statement }

  constructor(db: Database) {
    this.#open = db.query('SELECT * FROM deliveries WHERE actor_uid = ? AND ended_at = 0 ORDER BY position')
    this.#recent = db.query(
      `SELECT * FROM (SELECT * FROM deliveries WHERE actor_uid = ? ORDER BY position DESC LIMIT ?)
       WHERE ended_at = 0 OR ended_at >= ?`,
    )
    this.#held = db.query(
      `SELECT * FROM deliveries WHERE shown = 'held' AND ${UNUSUAL} AND position > ?
         AND json_extract(journal, '$.reason') = 'guard'
         AND ${CONVERSATION} = ? ORDER BY position`,
    )
    this.#positions = db.query(
      'SELECT position FROM deliveries WHERE actor_uid = ? AND position > ? AND durable = 1',
    )
    this.#byId = db.query('SELECT * FROM deliveries WHERE id = ?')
    this.#ofMessage = db.query('SELECT * FROM deliveries WHERE message_id = ?')
    this.#latest = db.query(LATEST_DELIVERIES)
    this.#waiting = db.query(HELD_COUNTS)
    this.#lists = {
      all: new Keyset(db, DELIVERY_LISTS.all),
      agent: new Keyset(db, DELIVERY_LISTS.agent),
      state: new Keyset(db, DELIVERY_LISTS.state),
      agentState: new Keyset(db, DELIVERY_LISTS.agentState),
      usualState: new Keyset(db, DELIVERY_LISTS.usualState),
      agentUsualState: new Keyset(db, DELIVERY_LISTS.agentUsualState),
      heldText: new Keyset(db, DELIVERY_LISTS.heldText),
      agentHeldText: new Keyset(db, DELIVERY_LISTS.agentHeldText),
    }
    const spoken = (kind: 'room' | 'thread' | 'dm') =>
      db.query(
        `SELECT 1 FROM messages WHERE ${kind}_id = ? AND target_kind = '${kind}' AND position > ? AND created_at >= ?
           AND json_extract(json, '$.from.type') = 'agent' AND json_extract(json, '$.from.fqid') = ?
           AND id NOT GLOB '${PUBLISHED_TEXT_PREFIX}*' LIMIT 1`,
      )
    this.#spoken = { room: spoken('room'), thread: spoken('thread'), dm: spoken('dm') }
  }

  openWakes(actorUid: string): StoredWake[] {
    return this.#open.all(actorUid).map(wakeOf)
  }

  recent(actorUid: string, o: { endedSince: number; limit: number }): StoredWake[] {
    return this.#recent.all(actorUid, o.limit, o.endedSince).map(wakeOf)
  }

  heldByGuard(target: Target, after: number): StoredDelivery[] {
    return this.#held.all(after, conversationKey(target)).map(deliveryOf)
  }

  positions(actorUid: string, after: number): number[] {
    return this.#positions.all(actorUid, after).map((row) => row.position)
  }

  find(id: number): StoredDelivery | undefined {
    const row = this.#byId.get(id)
    return row ? deliveryOf(row) : undefined
  }

  ofMessage(messageId: string): StoredDelivery[] {
    return this.#ofMessage.all(messageId).map(deliveryOf)
  }

  heldCounts(): { heldWakes: number; heldTexts: number } {
    return this.#waiting.get() ?? { heldWakes: 0, heldTexts: 0 }
  }

  latest(agentIds: readonly string[]): LatestDelivery[] {
    return this.#latest.all(JSON.stringify(agentIds)).map((row) => {
      const [last, reason] = JSON.parse(row.said) as [StoredStep, string | null]
      const { id, agent_id: agentId, message_id: messageId, shown } = row
      return { id, agentId, messageId, shown, last, reason: reason ?? undefined }
    })
  }

  list(query: PageQuery, filter: DeliveryFilter): Slice<StoredDelivery> {
    const list = listOf(filter)
    const params = [filter.agentId, filter.state].filter((param) => param !== undefined)
    const key = startOf(query, {
      end: [Number.MAX_SAFE_INTEGER] as const,
      // A line that changed its state meanwhile still says where the page goes on.
      find: (cursor) => (this.#byId.get(Number(cursor)) ? ([Number(cursor)] as const) : undefined),
    })
    const from = { params, ascending: query.from === 'after', key, limit: query.limit + 1 }
    return takePage(this.#lists[list].rows(from), query, {
      item: deliveryOf,
      bytes: ({ journal }) => LINE_BYTES + journal.steps.length * 96 + (journal.finalText?.length ?? 0),
    })
  }

  hasSpoken(o: { fqid: string; target: Target; after: number; since: string }): boolean {
    const { kind, id } = conversationOf(o.target)
    return this.#spoken[kind].get(id, o.after, o.since, o.fqid) !== null
  }
}

/** Lines with a held text are all in one state, so nobody asks for a state besides. */
function listOf({ agentId, state, heldText }: DeliveryFilter): ListName {
  if (heldText === true) return agentId === undefined ? 'heldText' : 'agentHeldText'
  if (state === undefined) return agentId === undefined ? 'all' : 'agent'
  if (USUAL.has(state)) return agentId === undefined ? 'usualState' : 'agentUsualState'
  return agentId === undefined ? 'state' : 'agentState'
}
