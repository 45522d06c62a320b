import type { Database, Statement } from 'bun:sqlite'
import type { PageQuery, Visibility, WritePolicy } from '@moltnet/protocol'
import { agentKey, type MentionNames, type RoomFields, RoomSnapshot } from '../../domain/room.ts'
import type { ReadFilter } from '../../domain/access.ts'
import type { Slice } from '../port.ts'
import { AFTER_ALL_IDS, Keyset, mergeSorted, startOf, takePage } from './paging.ts'

interface RoomRow {
  id: string
  network_id: string
  name: string
  created_at: string
  deleted_at: string | null
  visibility: Visibility
  write_policy: WritePolicy
}

/** The lists of rooms, so that a test can look at their plans. */
export const ROOM_LISTS = {
  live: { select: 'id', from: 'rooms', where: 'deleted_at IS NULL', key: ['id'] },
  public: { select: 'id', from: 'rooms', where: "deleted_at IS NULL AND visibility = 'public'", key: ['id'] },
  ofAgent: {
    select: 'room_id AS id',
    from: 'room_members',
    where: 'agent_key = ? AND shown > 0',
    key: ['room_id'],
  },
} as const

/** Reads rooms on one connection. */
export class RoomRows {
  readonly #names: MentionNames
  readonly #room: Statement<RoomRow, [string]>
  readonly #members: Statement<{ member_id: string }, [string]>
  readonly #idsOfAgent: Statement<{ id: string }, [string]>
  readonly #live: Keyset<{ id: string }>
  readonly #public: Keyset<{ id: string }>
  readonly #ofAgent: Keyset<{ id: string }>

  constructor(db: Database, names: MentionNames) {
    this.#names = names
    this.#room = db.query(
      'SELECT id, network_id, name, created_at, deleted_at, visibility, write_policy FROM rooms WHERE id = ?',
    )
    this.#members = db.query('SELECT member_id FROM room_members WHERE room_id = ?')
    this.#idsOfAgent = db.query(
      'SELECT room_id AS id FROM room_members WHERE agent_key = ? AND shown > 0 ORDER BY room_id',
    )
    this.#live = new Keyset(db, ROOM_LISTS.live)
    this.#public = new Keyset(db, ROOM_LISTS.public)
    this.#ofAgent = new Keyset(db, ROOM_LISTS.ofAgent)
  }

  load(id: string): RoomSnapshot | undefined {
    const row = this.#room.get(id)
    if (!row) return undefined
    const members = this.#members.all(id).map((member) => member.member_id)
    return new RoomSnapshot(
      {
        id: row.id,
        networkId: row.network_id,
        name: row.name,
        visibility: row.visibility,
        writePolicy: row.write_policy,
        createdAt: row.created_at,
        removedAt: row.deleted_at,
        members,
      },
      this.#names,
    )
  }

  idsOfAgent(agent: string): string[] {
    return this.#idsOfAgent.all(agentKey(agent, this.#names.networkId)).map((row) => row.id)
  }

  /** A page of live rooms; `load` gives the snapshot of an id. */
  list(
    query: PageQuery,
    filter: ReadFilter,
    load: (id: string) => RoomSnapshot | undefined,
  ): Slice<RoomSnapshot> {
    const ascending = query.from === 'after'
    const [start] = startOf(query, {
      end: [AFTER_ALL_IDS],
      find: (cursor) => {
        const room = load(cursor)
        return room !== undefined && isListed(room, filter) ? [cursor] : undefined
      },
    })
    const from = { ascending, key: [start], limit: query.limit + 1 }
    const ids = this.#ids(filter, from)
    return takePage(ids, query, {
      item: (id) => load(id) as RoomSnapshot,
      bytes: (room) => room.members.reduce((sum, member) => sum + member.length + 3, 512),
    })
  }

  #ids(filter: ReadFilter, from: { ascending: boolean; key: string[]; limit: number }): Iterable<string> {
    if (filter.kind === 'all') return idsOf(this.#live.rows({ ...from, params: [] }))
    const sources: Iterable<string>[] = []
    if (filter.publicRooms) sources.push(idsOf(this.#public.rows({ ...from, params: [] })))
    if (filter.agentId !== null) {
      const key = agentKey(filter.agentId, this.#names.networkId)
      sources.push(idsOf(this.#ofAgent.rows({ ...from, params: [key] })))
    }
    return mergeSorted(sources, from.ascending)
  }
}

function* idsOf(rows: Iterable<{ id: string }>): Generator<string> {
  for (const row of rows) yield row.id
}

function isListed(room: RoomSnapshot, filter: ReadFilter): boolean {
  if (room.removedAt !== null) return false
  if (filter.kind === 'all') return true
  if (filter.publicRooms && room.visibility === 'public') return true
  return filter.agentId !== null && room.hasAgent(filter.agentId)
}

/** Writes rooms on the write connection. */
export class RoomWriter {
  readonly #names: MentionNames
  readonly #insert: Statement
  readonly #update: Statement
  readonly #shown: Statement
  readonly #addMember: Statement
  readonly #removeMember: Statement

  constructor(db: Database, names: MentionNames) {
    this.#names = names
    this.#insert = db.query(
      `INSERT INTO rooms (id, network_id, fqid, name, created_at, deleted_at, visibility, write_policy)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
    )
    this.#update = db.query(
      'UPDATE rooms SET name = ?, created_at = ?, deleted_at = ?, visibility = ?, write_policy = ? WHERE id = ?',
    )
    this.#shown = db.query('UPDATE room_members SET shown = ? WHERE room_id = ?')
    this.#addMember = db.query(
      'INSERT INTO room_members (room_id, agent_key, member_id, shown) VALUES (?, ?, ?, ?)',
    )
    this.#removeMember = db.query('DELETE FROM room_members WHERE room_id = ? AND agent_key = ?')
  }

  /** Writes what differs between the stored room and the wanted one, member by member. */
  put(fields: RoomFields, stored: RoomSnapshot | undefined): RoomSnapshot {
    const room = new RoomSnapshot(fields, this.#names)
    const { id, name, createdAt, removedAt, visibility, writePolicy } = room
    if (stored === undefined) {
      this.#insert.run(id, room.networkId, room.fqid, name, createdAt, removedAt, visibility, writePolicy)
    } else {
      this.#update.run(name, createdAt, removedAt, visibility, writePolicy, id)
    }
    this.#putMembers(room, stored)
    return room
  }

  #putMembers(room: RoomSnapshot, stored: RoomSnapshot | undefined): void {
    const shown = shownValue(room)
    const before = new Set(stored?.members)
    const after = new Set(room.members)
    for (const member of before) {
      if (!after.has(member)) this.#removeMember.run(room.id, agentKey(member, room.networkId))
    }
    for (const member of after) {
      if (!before.has(member)) this.#addMember.run(room.id, agentKey(member, room.networkId), member, shown)
    }
    if (stored !== undefined && shownValue(stored) !== shown) this.#shown.run(shown, room.id)
  }
}

/** `room_members.shown` of a room's rows. */
function shownValue(room: RoomSnapshot): number {
  if (room.removedAt !== null) return 0
  return room.visibility === 'public' ? 2 : 1
}
