import type { Database, Statement } from 'bun:sqlite'
import { artifactId, fqid, type Message, type PageQuery } from '@moltnet/protocol'
import type { ArtifactDraft, ArtifactItem, HistoryOf, MessageItem, Slice, StoredMessage } from '../port.ts'
import { eventIdAt, legacyEventId, type LogIdentity, type MessageEntry } from './log-rows.ts'
import { AFTER_ALL_POSITIONS, Keyset, type KeysetSql, startOf, takePage } from './paging.ts'

/** The lists of history, so that a test can look at their plans. */
export const HISTORY_LISTS: { readonly [K in HistoryOf['kind']]: KeysetSql } = {
  room: history('room'),
  thread: history('thread'),
  dm: history('dm'),
}

/** The lists of artifacts. A room's rows include those of its threads. */
export const ARTIFACT_LISTS: { readonly [K in HistoryOf['kind']]: KeysetSql } = {
  room: artifacts('room'),
  thread: artifacts('thread'),
  dm: artifacts('dm'),
}

function history(kind: HistoryOf['kind']): KeysetSql {
  const where = `${kind}_id = ? AND target_kind = '${kind}'`
  return { select: 'position, id, json', from: 'messages', where, key: ['position'] }
}

function artifacts(kind: HistoryOf['kind']): KeysetSql {
  return { select: 'id, json', from: 'artifacts', where: `${kind}_id = ?`, key: ['position', 'part_index'] }
}

interface MessageRow {
  position: number
  target_kind: HistoryOf['kind']
  room_id: string | null
  thread_id: string | null
  dm_id: string | null
  credential_key: string | null
  json: string
}

interface ArtifactRow {
  position: number
  part_index: number
  room_id: string | null
  thread_id: string | null
  dm_id: string | null
}

/** Reads messages and artifacts on one connection. */
export class MessageRows {
  readonly #identity: LogIdentity & { readonly legacyHead: number }
  readonly #message: Statement<MessageRow, [string]>
  readonly #place: Statement<Omit<MessageRow, 'json' | 'credential_key'>, [string]>
  readonly #artifact: Statement<ArtifactRow, [string]>
  readonly #history: { readonly [K in HistoryOf['kind']]: Keyset<MessageItem> }
  readonly #artifacts: { readonly [K in HistoryOf['kind']]: Keyset<ArtifactItem> }

  constructor(db: Database, identity: LogIdentity & { readonly legacyHead: number }) {
    this.#identity = identity
    const place = 'position, target_kind, room_id, thread_id, dm_id'
    this.#message = db.query(`SELECT ${place}, credential_key, json FROM messages WHERE id = ?`)
    this.#place = db.query(`SELECT ${place} FROM messages WHERE id = ?`)
    this.#artifact = db.query(
      'SELECT position, part_index, room_id, thread_id, dm_id FROM artifacts WHERE id = ?',
    )
    const keysets = <Row>(lists: { readonly [K in HistoryOf['kind']]: KeysetSql }) => ({
      room: new Keyset<Row>(db, lists.room),
      thread: new Keyset<Row>(db, lists.thread),
      dm: new Keyset<Row>(db, lists.dm),
    })
    this.#history = keysets<MessageItem>(HISTORY_LISTS)
    this.#artifacts = keysets<ArtifactItem>(ARTIFACT_LISTS)
  }

  find(id: string): StoredMessage | undefined {
    const row = this.#message.get(id)
    if (!row) return undefined
    const { epoch, legacyHead } = this.#identity
    const eventId = row.position > legacyHead ? eventIdAt(epoch, row.position) : legacyEventId(epoch, id)
    return { message: JSON.parse(row.json) as Message, eventId, credentialKey: row.credential_key }
  }

  list(of: HistoryOf, query: PageQuery): Slice<MessageItem> {
    const key = startOf(query, {
      end: [AFTER_ALL_POSITIONS],
      find: (cursor) => {
        const row = this.#place.get(cursor)
        return row && row.target_kind === of.kind && row[`${of.kind}_id`] === of.id
          ? [row.position]
          : undefined
      },
    })
    const from = { params: [of.id], ascending: query.from === 'after', key, limit: query.limit + 1 }
    return takePage(this.#history[of.kind].rows(from), query, { item: (row) => row, bytes: jsonBytes })
  }

  listArtifacts(of: HistoryOf, query: PageQuery): Slice<ArtifactItem> {
    const key = startOf(query, {
      end: [AFTER_ALL_POSITIONS, 0],
      find: (cursor) => {
        const row = this.#artifact.get(cursor)
        return row && row[`${of.kind}_id`] === of.id ? [row.position, row.part_index] : undefined
      },
    })
    const from = { params: [of.id], ascending: query.from === 'after', key, limit: query.limit + 1 }
    return takePage(this.#artifacts[of.kind].rows(from), query, { item: (row) => row, bytes: jsonBytes })
  }
}

function jsonBytes(item: { readonly json: string }): number {
  return Buffer.byteLength(item.json)
}

/** Writes messages and artifacts on the write connection. */
export class MessageWriter {
  readonly #insert: Statement
  readonly #insertArtifact: Statement

  constructor(db: Database) {
    this.#insert = db.query(
      `INSERT INTO messages (position, id, target_kind, room_id, thread_id, dm_id, created_at, credential_key, json)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    )
    this.#insertArtifact = db.query(
      'INSERT INTO artifacts (position, part_index, id, room_id, thread_id, dm_id, json) VALUES (?, ?, ?, ?, ?, ?, ?)',
    )
  }

  insert(entry: MessageEntry, credentialKey: string, drafts: readonly ArtifactDraft[]): void {
    const { message, position } = entry
    const place = placeOf(message)
    this.#insert.run(
      position,
      message.id,
      message.target.kind,
      place.roomId,
      place.threadId,
      place.dmId,
      entry.createdAt,
      credentialKey,
      entry.messageJson,
    )
    for (const draft of drafts) {
      const id = artifactId(message.id, draft.partIndex)
      const json = artifactJson(message, draft, id)
      this.#insertArtifact.run(position, draft.partIndex, id, place.roomId, place.threadId, place.dmId, json)
    }
  }
}

function placeOf({ target }: Message): {
  roomId: string | null
  threadId: string | null
  dmId: string | null
} {
  if (target.kind === 'dm') return { roomId: null, threadId: null, dmId: target.dm_id }
  return { roomId: target.room_id, threadId: target.kind === 'thread' ? target.thread_id : null, dmId: null }
}

function artifactJson(message: Message, draft: ArtifactDraft, id: string): string {
  return JSON.stringify({
    id,
    network_id: message.network_id,
    fqid: fqid(message.network_id, 'artifacts', id),
    message_id: message.id,
    target: message.target,
    part_index: draft.partIndex,
    kind: draft.kind,
    media_type: draft.mediaType,
    filename: draft.filename,
    url: draft.url,
    created_at: message.created_at,
  })
}
