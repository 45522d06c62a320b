import type { StoredBinding } from '../../packages/server/src/store/consumer-port.ts'
import type { History, Written } from './history.ts'

/** Whether a message wakes an agent that subscribes so; written anew, not taken from the code under test. */
export function wakes(agentId: string, { from, target, mentions }: Written, binding: StoredBinding): boolean {
  if (from === agentId) return false
  if (target.kind === 'dm') return (target.participant_ids as readonly string[]).includes(agentId)
  switch (binding.wake) {
    case 'all':
      return true
    case 'mentions':
      return mentions.includes(agentId)
    case 'thread_only':
      return target.kind === 'thread'
    case 'never':
      return false
  }
}

/** What the promise of delivery says about one message and one agent. */
export type Promised = 'must' | 'may' | 'never'

/**
 * `must`: it stood after the beginning of a binding that was in force ever since, and woke by each rule that
 * the binding had. `may`: some subscription took it. A consumer that went takes its promises with it.
 */
export function promised(
  history: History,
  agentId: string,
  o: { written: Written; position: number },
): Promised {
  const { written, position } = o
  const records = history.consumers.filter((record) => record.agentId === agentId)
  const takes = (bindings: readonly StoredBinding[] | undefined) => {
    const binding = bindings?.find(({ room }) => room === roomOf(written))
    return binding !== undefined && position > binding.from && wakes(agentId, written, binding)
  }
  if (!records.some(({ bindings }) => takes(bindings))) return 'never'
  const run: typeof records = []
  for (const record of records.toReversed()) {
    if (!isBound(record.bindings, roomOf(written))) break
    run.push(record)
  }
  return run.length > 0 && run.every(({ bindings }) => takes(bindings)) ? 'must' : 'may'
}

/** Whether a conversation was ever taken out of an agent's subscription. */
export function wasUnbound(history: History, agentId: string, written: Written): boolean {
  const records = history.consumers.filter((record) => record.agentId === agentId)
  return records.some(({ bindings }) => !isBound(bindings, roomOf(written)))
}

function isBound(bindings: readonly StoredBinding[] | undefined, room: string | null): boolean {
  return bindings?.some((binding) => binding.room === room && binding.wake !== 'never') ?? false
}

function roomOf({ target }: Written): string | null {
  return target.kind === 'dm' ? null : target.room_id
}
