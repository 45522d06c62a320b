import type { AgentSummary } from '@moltnet/protocol'

/** What an agent is doing, in a few words: `connected · codex · 1 turn · 3 waiting`. */
export function attachmentWords({
  connected,
  attachment,
}: Pick<AgentSummary, 'connected' | 'attachment'>): string {
  if (attachment === undefined) return connected ? 'connected' : 'offline'
  const { runtime, turns, pending, held } = attachment
  const waiting = pending - turns
  return [
    connected ? 'connected' : 'offline',
    runtime,
    turns > 0 ? `${turns} ${turns === 1 ? 'turn' : 'turns'}` : undefined,
    waiting > 0 ? `${waiting} waiting` : undefined,
    held > 0 ? `${held} held` : undefined,
  ]
    .filter((word) => word !== undefined)
    .join(' · ')
}
