import { sqlMigration } from './migration.ts'

/** Lines of the ledger with a text that is held for an operator, few among many, are found without the others. */
export const heldTexts = sqlMigration(
  14,
  'held_texts',
  `
  ALTER TABLE deliveries ADD COLUMN holds_text INTEGER NOT NULL DEFAULT 0;
  UPDATE deliveries SET holds_text = 1
    WHERE shown = 'silent' AND json_extract(journal, '$.finalText') IS NOT NULL;
  CREATE INDEX deliveries_text ON deliveries(holds_text, id) WHERE holds_text = 1;
  `,
)
