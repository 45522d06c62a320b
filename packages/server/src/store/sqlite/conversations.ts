import type { Database, SQLQueryBindings, Statement } from 'bun:sqlite'
import { fqid, type PageQuery } from '@moltnet/protocol'
import { agentKey } from '../../domain/room.ts'
import type { ReadFilter } from '../../domain/access.ts'
import type { Slice, StoredDm, StoredThread } from '../port.ts'
import { AFTER_ALL_IDS, Keyset, startOf, takePage } from './paging.ts'

interface ThreadRow {
  id: string
  room_id: string
  parent_message_id: string | null
  message_count: number
  last_message_at: string | null
}

interface DmRow {
  id: string
  message_count: number
  last_message_at: string | null
}

const THREAD_COLUMNS = 'id, room_id, parent_message_id, message_count, last_message_at'

/** The lists of threads and DMs, so that a test can look at their plans. */
export const CONVERSATION_LISTS = {
  threads: { select: THREAD_COLUMNS, from: 'threads', where: 'room_id = ?', key: ['id'] },
  dms: { select: 'dm_id AS id', from: 'dm_conversations', key: ['dm_id'] },
  dmsOfAgent: {
    select: 'dm_id AS id',
    from: 'dm_participants',
    where: 'agent_key = ? AND left_at IS NULL',
    key: ['dm_id'],
  },
} as const

/** Reads threads and direct conversations on one connection. */
export class ConversationRows {
  readonly #networkId: string
  readonly #thread: Statement<ThreadRow, [string]>
  readonly #dm: Statement<DmRow, [string]>
  readonly #participants: Statement<{ participant_id: string; left_at: string | null }, [string]>
  readonly #threads: Keyset<ThreadRow>
  readonly #dms: Keyset<{ id: string }>
  readonly #dmsOfAgent: Keyset<{ id: string }>

  constructor(db: Database, networkId: string) {
    this.#networkId = networkId
    this.#thread = db.query(`SELECT ${THREAD_COLUMNS} FROM threads WHERE id = ?`)
    this.#dm = db.query(
      'SELECT dm_id AS id, message_count, last_message_at FROM dm_conversations WHERE dm_id = ?',
    )
    this.#participants = db.query('SELECT participant_id, left_at FROM dm_participants WHERE dm_id = ?')
    this.#threads = new Keyset(db, CONVERSATION_LISTS.threads)
    this.#dms = new Keyset(db, CONVERSATION_LISTS.dms)
    this.#dmsOfAgent = new Keyset(db, CONVERSATION_LISTS.dmsOfAgent)
  }

  thread(id: string): StoredThread | undefined {
    const row = this.#thread.get(id)
    return row ? threadOf(row) : undefined
  }

  listThreads(roomId: string, query: PageQuery): Slice<StoredThread> {
    const key = startOf(query, {
      end: [AFTER_ALL_IDS],
      find: (cursor) => (this.#thread.get(cursor)?.room_id === roomId ? [cursor] : undefined),
    })
    const from = { params: [roomId], ascending: query.from === 'after', key, limit: query.limit + 1 }
    return takePage(this.#threads.rows(from), query, { item: threadOf, bytes: () => 512 })
  }

  dm(id: string): StoredDm | undefined {
    const row = this.#dm.get(id)
    if (!row) return undefined
    const rows = this.#participants.all(id)
    const present = rows.filter((participant) => participant.left_at === null)
    return {
      id: row.id,
      participants: rows.map((participant) => participant.participant_id).sort(),
      present: present.map((participant) => participant.participant_id),
      messageCount: row.message_count,
      lastMessageAt: row.last_message_at || undefined,
    }
  }

  /** Nothing about a DM is public: a filter without an agent shows none. */
  listDms(query: PageQuery, filter: ReadFilter): Slice<StoredDm> {
    if (filter.kind === 'readable' && filter.agentId === null) return { items: [], more: false }
    const agent = filter.kind === 'all' ? undefined : agentKey(filter.agentId as string, this.#networkId)
    const key = startOf(query, {
      end: [AFTER_ALL_IDS],
      find: (cursor) => (this.#isListed(cursor, agent) ? [cursor] : undefined),
    })
    const params: SQLQueryBindings[] = agent === undefined ? [] : [agent]
    const list = agent === undefined ? this.#dms : this.#dmsOfAgent
    const rows = list.rows({ params, ascending: query.from === 'after', key, limit: query.limit + 1 })
    return takePage(rows, query, {
      item: ({ id }) => this.dm(id) as StoredDm,
      bytes: (dm) => dm.participants.reduce((sum, participant) => sum + participant.length + 3, 512),
    })
  }

  #isListed(id: string, agent: string | undefined): boolean {
    const dm = this.dm(id)
    if (dm === undefined || agent === undefined) return dm !== undefined
    return dm.present.some((participant) => agentKey(participant, this.#networkId) === agent)
  }
}

function threadOf(row: ThreadRow): StoredThread {
  return {
    id: row.id,
    roomId: row.room_id,
    parentMessageId: row.parent_message_id || undefined,
    messageCount: row.message_count,
    lastMessageAt: row.last_message_at || undefined,
  }
}

/** Writes threads and direct conversations on the write connection. */
export class ConversationWriter {
  readonly #networkId: string
  readonly #insertThread: Statement
  readonly #insertDm: Statement
  readonly #insertParticipant: Statement
  readonly #leave: Statement
  readonly #countThread: Statement
  readonly #countDm: Statement

  constructor(db: Database, networkId: string) {
    this.#networkId = networkId
    this.#insertThread = db.query(
      `INSERT INTO threads (id, network_id, fqid, room_id, parent_message_id, message_count, last_message_at)
       VALUES (?, ?, ?, ?, ?, 0, '')`,
    )
    this.#insertDm = db.query(
      `INSERT INTO dm_conversations (dm_id, network_id, fqid, message_count, last_message_at)
       VALUES (?, ?, ?, 0, '')`,
    )
    this.#insertParticipant = db.query(
      'INSERT INTO dm_participants (dm_id, participant_id, agent_key) VALUES (?, ?, ?)',
    )
    this.#leave = db.query('UPDATE dm_participants SET left_at = ? WHERE agent_key = ? AND left_at IS NULL')
    this.#countThread = db.query(
      'UPDATE threads SET message_count = message_count + 1, last_message_at = ? WHERE id = ?',
    )
    this.#countDm = db.query(
      'UPDATE dm_conversations SET message_count = message_count + 1, last_message_at = ? WHERE dm_id = ?',
    )
  }

  insertThread(thread: { id: string; roomId: string; parentMessageId: string | undefined }): void {
    const { id, roomId, parentMessageId = '' } = thread
    this.#insertThread.run(id, this.#networkId, fqid(this.#networkId, 'threads', id), roomId, parentMessageId)
  }

  insertDm(dm: { id: string; participants: readonly string[] }): void {
    this.#insertDm.run(dm.id, this.#networkId, fqid(this.#networkId, 'dms', dm.id))
    for (const participant of dm.participants) {
      this.#insertParticipant.run(dm.id, participant, agentKey(participant, this.#networkId))
    }
  }

  /** The agent is no longer one of its DMs' participants, but stays named there. */
  leaveDms(agent: string, at: string): void {
    this.#leave.run(at, agentKey(agent, this.#networkId))
  }

  countThread(id: string, at: string): void {
    this.#countThread.run(at, id)
  }

  countDm(id: string, at: string): void {
    this.#countDm.run(at, id)
  }
}
