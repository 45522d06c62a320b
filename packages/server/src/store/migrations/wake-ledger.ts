import { sqlMigration } from './migration.ts'

/**
 * Wakes become lines of the ledger: they stay after their end, until retention, with their history.
 * `state` is the machine's, `shown` the ledger's; `ended_at` is 0 while a wake is open. Lines outlive their
 * consumer and carry its actor. Most lines end as `spoke` or `acked`: the indexes by state are for the others, and
 * cost nothing for those.
 */
export const wakeLedger = sqlMigration(
  12,
  'wake_ledger',
  `
  ALTER TABLE consumers ADD COLUMN approval_scan INTEGER;

  CREATE TABLE deliveries (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    actor_uid TEXT NOT NULL,
    agent_id TEXT NOT NULL,
    durable INTEGER NOT NULL,
    position INTEGER NOT NULL,
    message_id TEXT NOT NULL,
    target TEXT NOT NULL,
    cause TEXT NOT NULL,
    targeted INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    state TEXT NOT NULL,
    shown TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    retries INTEGER NOT NULL,
    sends INTEGER NOT NULL,
    due_at INTEGER NOT NULL,
    error TEXT,
    ended_at INTEGER NOT NULL,
    journal TEXT NOT NULL
  );

  INSERT INTO deliveries (actor_uid, agent_id, durable, position, message_id, target, cause, targeted, created_at,
    state, shown, attempts, retries, sends, due_at, error, ended_at, journal)
  SELECT c.actor_uid, c.agent_id, 1, w.position, w.message_id, w.target, w.cause, w.targeted, w.created_at,
    w.state, CASE w.state WHEN 'backoff' THEN 'failed' ELSE w.state END, w.attempts, w.retries, w.sends, w.due_at,
    w.error, w.ended_at,
    json_object('steps', json_array(json_object('step', 'stored', 'at', w.created_at)), 'turn', 'none',
      'begun', json('false'), 'resent', json('false'), 'spoke', json('false'))
  FROM wakes w JOIN consumers c ON c.id = w.consumer ORDER BY w.position;

  DROP TABLE wakes;

  CREATE UNIQUE INDEX deliveries_wake ON deliveries(actor_uid, position);
  CREATE INDEX deliveries_message ON deliveries(message_id);
  CREATE INDEX deliveries_agent ON deliveries(agent_id, id);
  CREATE INDEX deliveries_agent_shown ON deliveries(agent_id, shown, id) WHERE shown NOT IN ('spoke', 'acked');
  CREATE INDEX deliveries_shown ON deliveries(shown, id) WHERE shown NOT IN ('spoke', 'acked');
  CREATE INDEX deliveries_open ON deliveries(actor_uid, position) WHERE ended_at = 0;
  CREATE INDEX deliveries_ended ON deliveries(ended_at) WHERE ended_at > 0;
  `,
)
