/** Guards that stop nothing, in YAML: for agents that talk more than any network should let them. */
export const OPEN_GUARDS =
  '{ chain_soft: 1000000, chain_hard: 1000000, turns_per_minute: 1000000, turns_per_hour: 1000000 }'
