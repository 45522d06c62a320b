/** Guards of a test: those that it is not about stop nothing. */
export function guards(keys: Record<string, number> = {}): Record<string, number> {
  const open = 1_000_000
  return { chain_soft: open, chain_hard: open, turns_per_minute: open, turns_per_hour: open, ...keys }
}
