import { agentKeys } from './agent-keys.ts'
import { durableConsumers } from './durable-consumers.ts'
import { guards } from './guards.ts'
import { heldTexts } from './held-texts.ts'
import { logPositions } from './log-positions.ts'
import type { Migration } from './migration.ts'
import { V1_MIGRATIONS } from './v1.ts'
import { wakeLedger } from './wake-ledger.ts'

/** Every schema version, ascending without gaps. */
export const MIGRATIONS: readonly Migration[] = [
  ...V1_MIGRATIONS,
  logPositions,
  agentKeys,
  durableConsumers,
  wakeLedger,
  guards,
  heldTexts,
]
