import { sqlMigration } from './migration.ts'

/**
 * Chains of wakes from agent to agent, one row per conversation that ever had one: few, small, and written
 * together with the wakes that they count. `deliveries.by_agent` is the agent whose message it is; null: a
 * human's, or a line from before.
 */
export const guards = sqlMigration(
  13,
  'guards',
  `
  CREATE TABLE chains (
    conversation TEXT PRIMARY KEY,
    length INTEGER NOT NULL,
    counted INTEGER NOT NULL,
    since INTEGER NOT NULL,
    changed_at INTEGER NOT NULL
  ) WITHOUT ROWID;

  ALTER TABLE deliveries ADD COLUMN by_agent TEXT;
  `,
)
