import { type Migration, sqlMigration } from './migration.ts'

/**
 * Schema versions 1 to 8: exactly what a v1 server makes, so that its databases and new ones go through
 * the same later steps. `IF NOT EXISTS` because v1 servers made some indexes in more than one version.
 */
export const V1_MIGRATIONS: readonly Migration[] = [
  sqlMigration(
    1,
    'initial_schema',
    `
    CREATE TABLE IF NOT EXISTS rooms (
      id TEXT PRIMARY KEY,
      network_id TEXT NOT NULL,
      fqid TEXT NOT NULL,
      name TEXT NOT NULL,
      created_at TEXT NOT NULL
    );
    CREATE TABLE IF NOT EXISTS room_members (
      room_id TEXT NOT NULL REFERENCES rooms(id) ON DELETE CASCADE,
      member_id TEXT NOT NULL,
      PRIMARY KEY (room_id, member_id)
    );
    CREATE TABLE IF NOT EXISTS threads (
      id TEXT PRIMARY KEY,
      network_id TEXT NOT NULL,
      fqid TEXT NOT NULL,
      room_id TEXT NOT NULL REFERENCES rooms(id) ON DELETE CASCADE,
      parent_message_id TEXT NOT NULL DEFAULT '',
      message_count INTEGER NOT NULL DEFAULT 0,
      last_message_at TEXT NOT NULL DEFAULT ''
    );
    CREATE TABLE IF NOT EXISTS dm_conversations (
      dm_id TEXT PRIMARY KEY,
      network_id TEXT NOT NULL,
      fqid TEXT NOT NULL,
      message_count INTEGER NOT NULL DEFAULT 0,
      last_message_at TEXT NOT NULL DEFAULT ''
    );
    CREATE TABLE IF NOT EXISTS dm_participants (
      dm_id TEXT NOT NULL REFERENCES dm_conversations(dm_id) ON DELETE CASCADE,
      participant_id TEXT NOT NULL,
      PRIMARY KEY (dm_id, participant_id)
    );
    CREATE TABLE IF NOT EXISTS messages (
      id TEXT PRIMARY KEY,
      network_id TEXT NOT NULL,
      target_kind TEXT NOT NULL,
      room_id TEXT NULL REFERENCES rooms(id) ON DELETE CASCADE,
      thread_id TEXT NULL REFERENCES threads(id) ON DELETE CASCADE,
      parent_message_id TEXT NULL,
      dm_id TEXT NULL REFERENCES dm_conversations(dm_id) ON DELETE CASCADE,
      target_json TEXT NOT NULL,
      from_json TEXT NOT NULL,
      parts_json TEXT NOT NULL,
      mentions_json TEXT NOT NULL,
      created_at TEXT NOT NULL
    );
    CREATE TABLE IF NOT EXISTS artifacts (
      id TEXT PRIMARY KEY,
      network_id TEXT NOT NULL,
      fqid TEXT NOT NULL,
      message_id TEXT NOT NULL REFERENCES messages(id) ON DELETE CASCADE,
      target_kind TEXT NOT NULL,
      room_id TEXT NULL,
      thread_id TEXT NULL,
      dm_id TEXT NULL,
      target_json TEXT NOT NULL,
      part_index INTEGER NOT NULL,
      kind TEXT NOT NULL,
      media_type TEXT NOT NULL DEFAULT '',
      filename TEXT NOT NULL DEFAULT '',
      url TEXT NOT NULL DEFAULT '',
      created_at TEXT NOT NULL
    );
    CREATE INDEX IF NOT EXISTS idx_messages_room ON messages(room_id, created_at, id);
    CREATE INDEX IF NOT EXISTS idx_messages_thread ON messages(thread_id, created_at, id);
    CREATE INDEX IF NOT EXISTS idx_messages_dm ON messages(dm_id, created_at, id);
    CREATE INDEX IF NOT EXISTS idx_artifacts_room ON artifacts(room_id, created_at, id);
    CREATE INDEX IF NOT EXISTS idx_artifacts_thread ON artifacts(thread_id, created_at, id);
    CREATE INDEX IF NOT EXISTS idx_artifacts_dm ON artifacts(dm_id, created_at, id);
    `,
  ),
  sqlMigration(2, 'message_origin', `ALTER TABLE messages ADD COLUMN origin_json TEXT NOT NULL DEFAULT '{}'`),
  sqlMigration(
    3,
    'global_paging_indexes',
    `
    CREATE INDEX IF NOT EXISTS idx_messages_created ON messages(created_at, id);
    CREATE INDEX IF NOT EXISTS idx_artifacts_created ON artifacts(created_at, id);
    `,
  ),
  sqlMigration(
    4,
    'thread_room_index_backfill',
    'CREATE INDEX IF NOT EXISTS idx_threads_room ON threads(room_id, id)',
  ),
  sqlMigration(
    5,
    'agent_registry',
    `
    CREATE TABLE IF NOT EXISTS agents (
      agent_id TEXT PRIMARY KEY,
      network_id TEXT NOT NULL,
      actor_uid TEXT NOT NULL,
      actor_uri TEXT NOT NULL,
      display_name TEXT NOT NULL DEFAULT '',
      credential_key TEXT NOT NULL,
      created_at TEXT NOT NULL,
      updated_at TEXT NOT NULL
    );
    `,
  ),
  sqlMigration(
    6,
    'agent_credential_index',
    'CREATE INDEX IF NOT EXISTS idx_agents_credential ON agents(credential_key)',
  ),
  sqlMigration(
    7,
    'soft_removed_rooms',
    `
    ALTER TABLE rooms ADD COLUMN deleted_at TEXT NULL;
    CREATE INDEX IF NOT EXISTS idx_rooms_deleted ON rooms(deleted_at);
    `,
  ),
  sqlMigration(
    8,
    'room_access_policy',
    `
    ALTER TABLE rooms ADD COLUMN visibility TEXT NOT NULL DEFAULT 'private';
    ALTER TABLE rooms ADD COLUMN write_policy TEXT NOT NULL DEFAULT 'members';
    `,
  ),
]
