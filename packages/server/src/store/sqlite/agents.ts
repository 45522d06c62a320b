import type { Database, Statement } from 'bun:sqlite'
import type { PageQuery } from '@moltnet/protocol'
import { agentKey } from '../../domain/room.ts'
import type { ReadFilter } from '../../domain/access.ts'
import type { AgentEntry, AgentRecord, Slice } from '../port.ts'
import { AFTER_ALL_IDS, Keyset, type KeysetSql, mergeSorted, startOf, takePage } from './paging.ts'

interface AgentRow {
  agent_id: string
  actor_uid: string
  actor_uri: string
  display_name: string
  credential_key: string
  created_at: string
  updated_at: string
}

const COLUMNS = 'agent_id, actor_uid, actor_uri, display_name, credential_key, created_at, updated_at'

/** The sources of the agent list, so that a test can look at their plans. Members are walked one seek an agent. */
export const AGENT_LISTS: { readonly [K in 'registered' | 'members' | 'publicMembers']: KeysetSql } = {
  registered: { select: 'agent_id AS id', from: 'agents', key: ['agent_id'] },
  members: { select: 'agent_key AS id', from: 'room_members', where: 'shown > 0', key: ['agent_key'] },
  publicMembers: { select: 'agent_key AS id', from: 'room_members', where: 'shown > 1', key: ['agent_key'] },
}

type Start = { readonly ascending: boolean; readonly key: readonly [string]; readonly limit: number }

/** Reads agents on one connection: the registry, and the union of it with the members of live rooms. */
export class AgentRows {
  readonly #networkId: string
  readonly #byId: Statement<AgentRow, [string]>
  readonly #byCredential: Statement<AgentRow, [string]>
  readonly #rooms: Statement<{ room_id: string; shown: number }, [string]>
  readonly #roomMembers: Statement<{ agent_key: string }, [string]>
  readonly #registered: Keyset<{ id: string }>
  readonly #members: Keyset<{ id: string }>
  readonly #publicMembers: Keyset<{ id: string }>

  constructor(db: Database, networkId: string) {
    this.#networkId = networkId
    this.#byId = db.query(`SELECT ${COLUMNS} FROM agents WHERE agent_id = ?`)
    this.#byCredential = db.query(`SELECT ${COLUMNS} FROM agents WHERE credential_key = ? LIMIT 1`)
    this.#rooms = db.query(
      'SELECT room_id, shown FROM room_members WHERE agent_key = ? AND shown > 0 ORDER BY room_id',
    )
    this.#roomMembers = db.query('SELECT agent_key FROM room_members WHERE room_id = ?')
    this.#registered = new Keyset(db, AGENT_LISTS.registered)
    this.#members = new Keyset(db, AGENT_LISTS.members)
    this.#publicMembers = new Keyset(db, AGENT_LISTS.publicMembers)
  }

  agent(agentId: string): AgentRecord | undefined {
    const row = this.#byId.get(agentId)
    return row ? recordOf(row) : undefined
  }

  agentOfCredential(credentialKey: string): AgentRecord | undefined {
    const row = this.#byCredential.get(credentialKey)
    return row ? recordOf(row) : undefined
  }

  entry(agent: string): AgentEntry | undefined {
    const entry = this.#entry(agentKey(agent, this.#networkId), undefined)
    return entry.registration === undefined && entry.roomIds.length === 0 ? undefined : entry
  }

  /**
   * By key. A readable list shows the filter's agent, the members of its rooms, and as the filter says
   * members of public rooms and registered agents; each with those of its rooms that the filter shows.
   */
  list(query: PageQuery, filter: ReadFilter): Slice<AgentEntry> {
    const scope = filter.kind === 'all' ? undefined : this.#scope(filter)
    const key = startOf(query, {
      end: [AFTER_ALL_IDS] as const,
      find: (cursor) => (this.#isListed(cursor, scope) ? ([cursor] as const) : undefined),
    })
    const start: Start = { ascending: query.from === 'after', key, limit: query.limit + 1 }
    return takePage(this.#keys(start, scope), query, {
      item: (agent) => this.#entry(agent, scope),
      bytes: (entry) => entry.roomIds.reduce((sum, id) => sum + id.length + 3, 512),
    })
  }

  #scope(filter: Extract<ReadFilter, { kind: 'readable' }>): ReadableScope {
    const own = filter.agentId === null ? undefined : agentKey(filter.agentId, this.#networkId)
    const ownRooms = new Set(own === undefined ? [] : this.#rooms.all(own).map((row) => row.room_id))
    const peers = new Set(own !== undefined && this.#isKnown(own) ? [own] : [])
    for (const room of ownRooms) for (const row of this.#roomMembers.all(room)) peers.add(row.agent_key)
    const { publicRooms, registered } = filter
    return { publicRooms, registered, ownRooms, own, peers: [...peers].sort() }
  }

  #keys(start: Start, scope: ReadableScope | undefined): Iterable<string> {
    const registered = () => idsOf(this.#registered.rows({ ...start, params: [] }))
    if (scope === undefined)
      return mergeSorted([registered(), skipping(this.#members, start)], start.ascending)
    const sources = [beyond(scope.peers, start)]
    if (scope.registered) sources.push(registered())
    if (scope.publicRooms) sources.push(skipping(this.#publicMembers, start))
    return mergeSorted(sources, start.ascending)
  }

  #entry(key: string, scope: ReadableScope | undefined): AgentEntry {
    const rooms = this.#rooms.all(key)
    const shown = scope === undefined ? rooms : rooms.filter((room) => isShown(room, scope))
    return { key, registration: this.agent(key), roomIds: shown.map((room) => room.room_id) }
  }

  #isListed(key: string, scope: ReadableScope | undefined): boolean {
    if (scope === undefined) return this.#isKnown(key)
    if (this.#entry(key, scope).roomIds.length > 0) return true
    return (scope.registered || key === scope.own) && this.#isKnown(key)
  }

  #isKnown(key: string): boolean {
    return this.agent(key) !== undefined || this.#rooms.get(key) !== null
  }
}

/** What a filter makes visible of agents and their rooms. */
interface ReadableScope {
  readonly publicRooms: boolean
  readonly registered: boolean
  /** The agent that asks. */
  readonly own: string | undefined
  readonly ownRooms: ReadonlySet<string>
  /** Members of {@link ownRooms}, sorted. */
  readonly peers: readonly string[]
}

function isShown(room: { room_id: string; shown: number }, scope: ReadableScope): boolean {
  return (scope.publicRooms && room.shown > 1) || scope.ownRooms.has(room.room_id)
}

function* idsOf(rows: Iterable<{ id: string }>): Generator<string> {
  for (const row of rows) yield row.id
}

/** Walks distinct keys by one index seek each, however many rows a key has. */
function* skipping(list: Keyset<{ id: string }>, start: Start): Generator<string> {
  let key: readonly [string] = start.key
  for (let count = 0; count < start.limit; count++) {
    const [row] = [...list.rows({ ...start, key, params: [], limit: 1 })]
    if (row === undefined) return
    yield row.id
    key = [row.id]
  }
}

/** The part of a sorted list beyond the start, in its direction. */
function* beyond(sorted: readonly string[], { ascending, key: [key] }: Start): Generator<string> {
  for (const id of ascending ? sorted : sorted.toReversed()) if (ascending ? id > key : id < key) yield id
}

function recordOf(row: AgentRow): AgentRecord {
  return {
    agentId: row.agent_id,
    actorUid: row.actor_uid,
    actorUri: row.actor_uri,
    displayName: row.display_name || undefined,
    credentialKey: row.credential_key || null,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  }
}

/** Writes the registry on the write connection. */
export class AgentWriter {
  readonly #networkId: string
  readonly #put: Statement
  readonly #delete: Statement

  constructor(db: Database, networkId: string) {
    this.#networkId = networkId
    this.#put = db.query(
      `INSERT INTO agents (agent_id, network_id, actor_uid, actor_uri, display_name, credential_key, created_at, updated_at)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (agent_id) DO UPDATE SET actor_uid = excluded.actor_uid, actor_uri = excluded.actor_uri,
         display_name = excluded.display_name, credential_key = excluded.credential_key,
         created_at = excluded.created_at, updated_at = excluded.updated_at`,
    )
    this.#delete = db.query('DELETE FROM agents WHERE agent_id = ?')
  }

  put(record: AgentRecord): void {
    const { agentId, actorUid, actorUri, displayName = '', credentialKey, createdAt, updatedAt } = record
    const key = credentialKey ?? ''
    this.#put.run(agentId, this.#networkId, actorUid, actorUri, displayName, key, createdAt, updatedAt)
  }

  delete(agentId: string): void {
    this.#delete.run(agentId)
  }
}
