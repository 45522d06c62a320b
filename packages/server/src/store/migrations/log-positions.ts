import type { Database } from 'bun:sqlite'
import type { Migration, MigrationContext } from './migration.ts'

/** A v1 time with exactly 9 fraction digits, so that text order is time order. Empty stays empty. */
function paddedTime(column: string): string {
  return `CASE WHEN coalesce(${column}, '') = '' THEN ${column}
    WHEN substr(${column}, 20, 1) = '.'
      THEN substr(${column}, 1, 19) || '.' || substr(rtrim(substr(${column}, 21), 'Z') || '000000000', 1, 9) || 'Z'
    ELSE substr(${column}, 1, 19) || '.000000000Z' END`
}

/** `,"key":"value"` when the column is not empty. */
function omittedKey(key: string, column: string): string {
  return `CASE WHEN coalesce(${column}, '') = '' THEN '' ELSE ',"${key}":' || json_quote(${column}) END`
}

const TABLES = `
  CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;

  CREATE TABLE events (
    position INTEGER PRIMARY KEY,
    type TEXT NOT NULL,
    created_at TEXT NOT NULL,
    scope TEXT NOT NULL,
    json TEXT NOT NULL
  );

  CREATE TABLE log_messages (
    position INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    target_kind TEXT NOT NULL,
    room_id TEXT REFERENCES rooms(id),
    thread_id TEXT REFERENCES threads(id),
    dm_id TEXT REFERENCES dm_conversations(dm_id),
    created_at TEXT NOT NULL,
    credential_key TEXT,
    json TEXT NOT NULL
  );

  CREATE TABLE log_artifacts (
    position INTEGER NOT NULL,
    part_index INTEGER NOT NULL,
    id TEXT NOT NULL UNIQUE,
    room_id TEXT,
    thread_id TEXT,
    dm_id TEXT,
    json TEXT NOT NULL,
    PRIMARY KEY (position, part_index)
  ) WITHOUT ROWID;
`

const COPY_MESSAGES = `
  INSERT INTO log_messages (position, id, target_kind, room_id, thread_id, dm_id, created_at, credential_key, json)
  SELECT row_number() OVER (ORDER BY at, id), id, target_kind,
    CASE WHEN target_kind IN ('room', 'thread')
      THEN coalesce(nullif(room_id, ''), json_extract(target_json, '$.room_id')) END,
    nullif(thread_id, ''), nullif(dm_id, ''), at, NULL,
    '{"id":' || json_quote(id) || ',"network_id":' || json_quote(network_id)
      || ',"origin":' || CASE WHEN coalesce(json_extract(origin_json, '$.network_id'), '') = ''
           THEN json_object('network_id', network_id, 'message_id', id) ELSE json(origin_json) END
      || ',"target":' || json(target_json) || ',"from":' || json(from_json) || ',"parts":' || json(parts_json)
      || CASE WHEN coalesce(mentions_json, '') IN ('', '[]', 'null') THEN '' ELSE ',"mentions":' || json(mentions_json) END
      || ',"created_at":"' || at || '"}'
  FROM (SELECT *, ${paddedTime('created_at')} AS at FROM messages)
`

const COPY_ARTIFACTS = `
  INSERT INTO log_artifacts (position, part_index, id, room_id, thread_id, dm_id, json)
  SELECT m.position, a.part_index, a.id, m.room_id, m.thread_id, m.dm_id,
    '{"id":' || json_quote(a.id) || ',"network_id":' || json_quote(a.network_id) || ',"fqid":' || json_quote(a.fqid)
      || ',"message_id":' || json_quote(a.message_id) || ',"target":' || json(a.target_json)
      || ',"part_index":' || a.part_index || ',"kind":' || json_quote(a.kind)
      || ${omittedKey('media_type', 'a.media_type')} || ${omittedKey('filename', 'a.filename')}
      || ${omittedKey('url', 'a.url')} || ',"created_at":"' || m.created_at || '"}'
  FROM artifacts a JOIN log_messages m ON m.id = a.message_id
`

const REPLACE = `
  DROP TABLE artifacts;
  DROP TABLE messages;
  ALTER TABLE log_messages RENAME TO messages;
  ALTER TABLE log_artifacts RENAME TO artifacts;
  CREATE INDEX messages_of_room ON messages(room_id, position) WHERE target_kind = 'room';
  CREATE INDEX messages_of_thread ON messages(thread_id, position) WHERE target_kind = 'thread';
  CREATE INDEX messages_of_dm ON messages(dm_id, position) WHERE target_kind = 'dm';
  CREATE INDEX artifacts_of_room ON artifacts(room_id, position, part_index) WHERE room_id IS NOT NULL;
  CREATE INDEX artifacts_of_thread ON artifacts(thread_id, position, part_index) WHERE thread_id IS NOT NULL;
  CREATE INDEX artifacts_of_dm ON artifacts(dm_id, position, part_index) WHERE dm_id IS NOT NULL;
`

/** Columns of v1 tables that stay and hold times. */
const TIME_COLUMNS = [
  ['rooms', 'created_at'],
  ['rooms', 'deleted_at'],
  ['threads', 'last_message_at'],
  ['dm_conversations', 'last_message_at'],
  ['agents', 'created_at'],
  ['agents', 'updated_at'],
] as const

/**
 * The event log. A message's row is its entry of the log: it is keyed by its position and holds the
 * message as one encoded object. Other events have a table of their own; together they are the log
 * from `meta.log_floor` on. Messages of v1 get positions in (created_at, id) order up to
 * `meta.legacy_head`; they were never in a log, so the floor is after them.
 */
export const logPositions: Migration = {
  version: 9,
  name: 'log_positions',
  run(db, context) {
    db.run(TABLES)
    db.run(COPY_MESSAGES)
    db.run(COPY_ARTIFACTS)
    db.run(REPLACE)
    for (const [table, column] of TIME_COLUMNS) {
      db.run(`UPDATE ${table} SET ${column} = ${paddedTime(column)} WHERE length(${column}) <> 30`)
    }
    writeMeta(db, context)
  },
}

function writeMeta(db: Database, context: MigrationContext): void {
  const head =
    (db.query('SELECT max(position) AS head FROM messages').get() as { head: number | null }).head ?? 0
  const epoch = Buffer.from(crypto.getRandomValues(new Uint8Array(4))).toString('hex')
  const insert = db.prepare('INSERT INTO meta (key, value) VALUES (?, ?)')
  insert.run('epoch', epoch)
  insert.run('network_id', context.networkId)
  insert.run('legacy_head', String(head))
  insert.run('log_floor', String(head + 1))
  insert.run('clock', '')
  insert.finalize()
}
