import { Database } from 'bun:sqlite'
import { V1_MIGRATIONS } from '../../src/store/migrations/v1.ts'

/** A database as a v1 server leaves it, with the schema up to `version`. */
export function v1Database(path: string, version = 8): Database {
  const db = new Database(path)
  db.run(
    'CREATE TABLE schema_migrations (version INTEGER PRIMARY KEY, name TEXT NOT NULL, applied_at TEXT NOT NULL)',
  )
  for (const migration of V1_MIGRATIONS.slice(0, version)) {
    migration.run(db, { networkId: 'net' })
    db.query('INSERT INTO schema_migrations VALUES (?, ?, ?)').run(migration.version, migration.name, 'x')
  }
  return db
}

/** A message as a v1 server stores it. */
interface V1Message {
  id: string
  at: string
  kind?: 'room' | 'thread' | 'dm'
  parts?: string
  mentions?: string
  origin?: string
}

function insertV1Message(db: Database, message: V1Message): void {
  const { id, at, kind = 'room', mentions = '[]', origin = '{}' } = message
  const parts = message.parts ?? '[{"kind":"text","text":"hé"}]'
  const target = {
    room: { kind: 'room', room_id: 'general' },
    thread: { kind: 'thread', room_id: 'general', thread_id: 't1' },
    dm: { kind: 'dm', dm_id: 'd1', participant_ids: ['alpha', 'beta'] },
  }[kind]
  const from = '{"type":"agent","id":"alpha","network_id":"net","fqid":"molt://net/agents/alpha"}'
  const [roomId, threadId, dmId] = [
    kind === 'dm' ? null : 'general',
    kind === 'thread' ? 't1' : null,
    kind === 'dm' ? 'd1' : null,
  ]
  db.query(
    `INSERT INTO messages (id, network_id, target_kind, room_id, thread_id, dm_id, target_json, from_json, parts_json,
       mentions_json, created_at, origin_json) VALUES (?, 'net', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  ).run(id, kind, roomId, threadId, dmId, JSON.stringify(target), from, parts, mentions, at, origin)
}

/** Some of everything, in the network `net`: two rooms, a thread, a DM, an agent and six messages. */
export function fillV1(db: Database): void {
  db.run(
    "INSERT INTO rooms (id, network_id, fqid, name, created_at) VALUES ('general', 'net', 'molt://net/rooms/general', 'General', '2026-04-01T09:00:00.5Z')",
  )
  db.run(
    "INSERT INTO rooms (id, network_id, fqid, name, created_at, deleted_at) VALUES ('old', 'net', 'molt://net/rooms/old', 'Old', '2026-04-01T09:00:00Z', '2026-04-02T09:00:00Z')",
  )
  db.run(
    "INSERT INTO room_members VALUES ('general', 'alpha'), ('general', 'molt://net/agents/beta'), ('general', 'far:x'), ('old', 'ghost')",
  )
  db.run(
    "INSERT INTO threads VALUES ('t1', 'net', 'molt://net/threads/t1', 'general', 'm2', 1, '2026-04-01T09:00:03Z')",
  )
  db.run(
    "INSERT INTO dm_conversations VALUES ('d1', 'net', 'molt://net/dms/d1', 1, '2026-04-01T09:00:04.000000001Z')",
  )
  db.run("INSERT INTO dm_participants VALUES ('d1', 'alpha'), ('d1', 'beta')")
  db.run(
    "INSERT INTO agents VALUES ('alpha', 'net', 'actor_1', 'molt://net/agents/alpha', 'Alpha', 'token:t', '2026-04-01T09:00:00Z', '2026-04-01T09:00:00.25Z')",
  )
  // Text order is not time order: 'Z' sorts after '.', and fractions have no fixed length.
  insertV1Message(db, { id: 'm3', at: '2026-04-01T09:00:02.5Z', mentions: '["molt://net/agents/beta"]' })
  insertV1Message(db, { id: 'm1', at: '2026-04-01T09:00:02Z' })
  insertV1Message(db, { id: 'm2b', at: '2026-04-01T09:00:02.05Z' })
  insertV1Message(db, {
    id: 'm2',
    at: '2026-04-01T09:00:02.05Z',
    origin: '{"network_id":"far","message_id":"far1"}',
  })
  insertV1Message(db, {
    id: 'm4',
    at: '2026-04-01T09:00:03Z',
    kind: 'thread',
    parts: '[{"kind":"url","url":"https://a.b/"}]',
  })
  insertV1Message(db, { id: 'm5', at: '2026-04-01T09:00:04.000000001Z', kind: 'dm' })
  db.run(
    `INSERT INTO artifacts VALUES ('art_m4_0', 'net', 'molt://net/artifacts/art_m4_0', 'm4', 'thread', NULL, 't1', NULL,
       '{"kind":"thread","room_id":"general","thread_id":"t1"}', 0, 'url', '', '', 'https://a.b/', '2026-04-01T09:00:03Z')`,
  )
}
