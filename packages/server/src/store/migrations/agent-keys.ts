import type { Database } from 'bun:sqlite'
import { agentKey } from '../../domain/room.ts'
import type { Migration } from './migration.ts'

const TABLES = `
  CREATE TABLE members (
    room_id TEXT NOT NULL REFERENCES rooms(id),
    agent_key TEXT NOT NULL,
    member_id TEXT NOT NULL,
    shown INTEGER NOT NULL,
    PRIMARY KEY (room_id, agent_key)
  ) WITHOUT ROWID;

  CREATE TABLE participants (
    dm_id TEXT NOT NULL REFERENCES dm_conversations(dm_id),
    participant_id TEXT NOT NULL,
    agent_key TEXT NOT NULL,
    left_at TEXT,
    PRIMARY KEY (dm_id, agent_key)
  ) WITHOUT ROWID;
`

const REPLACE = `
  DROP TABLE room_members;
  DROP TABLE dm_participants;
  ALTER TABLE members RENAME TO room_members;
  ALTER TABLE participants RENAME TO dm_participants;
  CREATE INDEX room_members_live ON room_members(agent_key, room_id, shown) WHERE shown > 0;
  CREATE INDEX room_members_public ON room_members(agent_key, room_id) WHERE shown > 1;
  CREATE INDEX dm_participants_agent ON dm_participants(agent_key, dm_id) WHERE left_at IS NULL;
  DROP INDEX IF EXISTS idx_rooms_deleted;
  CREATE INDEX rooms_live ON rooms(id) WHERE deleted_at IS NULL;
  CREATE INDEX rooms_public ON rooms(id) WHERE deleted_at IS NULL AND visibility = 'public';
  CREATE TABLE declarations (kind TEXT NOT NULL, id TEXT NOT NULL, digest TEXT NOT NULL, PRIMARY KEY (kind, id))
    WITHOUT ROWID;
`

/**
 * One key per agent, whatever notation a member list uses, so that lists by agent need one index seek.
 * `room_members.shown`: 0 the room is removed, 1 private, 2 public. `dm_participants.left_at`: when the agent
 * was removed; whoever has its id later is somebody else.
 */
export const agentKeys: Migration = {
  version: 10,
  name: 'agent_keys',
  run(db, context) {
    db.run(TABLES)
    copyMembers(db, context.networkId)
    copyParticipants(db, context.networkId)
    db.run(REPLACE)
  },
}

function copyMembers(db: Database, networkId: string): void {
  const insert = db.prepare(
    'INSERT OR IGNORE INTO members (room_id, agent_key, member_id, shown) VALUES (?, ?, ?, ?)',
  )
  const rows = db.query(
    `SELECT m.room_id, m.member_id,
       CASE WHEN r.deleted_at IS NOT NULL THEN 0 WHEN r.visibility = 'public' THEN 2 ELSE 1 END AS shown
     FROM room_members m JOIN rooms r ON r.id = m.room_id ORDER BY m.room_id, m.member_id`,
  )
  for (const row of rows.iterate() as Iterable<{ room_id: string; member_id: string; shown: number }>) {
    insert.run(row.room_id, agentKey(row.member_id, networkId), row.member_id, row.shown)
  }
  insert.finalize()
}

function copyParticipants(db: Database, networkId: string): void {
  const insert = db.prepare(
    'INSERT OR IGNORE INTO participants (dm_id, participant_id, agent_key) VALUES (?, ?, ?)',
  )
  const rows = db.query('SELECT dm_id, participant_id FROM dm_participants ORDER BY dm_id, participant_id')
  for (const row of rows.iterate() as Iterable<{ dm_id: string; participant_id: string }>) {
    insert.run(row.dm_id, row.participant_id, agentKey(row.participant_id, networkId))
  }
  insert.finalize()
}
