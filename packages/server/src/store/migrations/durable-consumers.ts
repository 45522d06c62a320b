import { sqlMigration } from './migration.ts'

/**
 * Durable consumers and presence. A subscription stands apart from its consumer, because the scan
 * position is written all the time and the subscription may be large. `wakes.ended_at` is 0 while a wake
 * is open.
 */
export const durableConsumers = sqlMigration(
  11,
  'durable_consumers',
  `
  CREATE TABLE consumers (
    id INTEGER PRIMARY KEY,
    actor_uid TEXT NOT NULL UNIQUE,
    agent_id TEXT NOT NULL,
    scan INTEGER NOT NULL,
    contact_at INTEGER NOT NULL
  );

  CREATE TABLE subscriptions (
    consumer INTEGER PRIMARY KEY REFERENCES consumers(id) ON DELETE CASCADE,
    bindings TEXT NOT NULL
  );

  CREATE TABLE wakes (
    consumer INTEGER NOT NULL REFERENCES consumers(id) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    message_id TEXT NOT NULL,
    target TEXT NOT NULL,
    cause TEXT NOT NULL,
    targeted INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    state TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    retries INTEGER NOT NULL,
    sends INTEGER NOT NULL,
    due_at INTEGER NOT NULL,
    error TEXT,
    ended_at INTEGER NOT NULL,
    PRIMARY KEY (consumer, position)
  ) WITHOUT ROWID;

  CREATE INDEX wakes_ended ON wakes(ended_at) WHERE ended_at > 0;

  CREATE TABLE presence (agent_id TEXT PRIMARY KEY, name TEXT) WITHOUT ROWID;
  `,
)
