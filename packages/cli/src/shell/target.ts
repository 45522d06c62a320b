import {
  agentFqid,
  type ConversationRef,
  isGenericId,
  parseAgentRef,
  type Target,
  twoPartyDmId,
} from '@moltnet/protocol'
import { CommandError, UsageError } from './failures.ts'

const KINDS = ['room', 'dm', 'thread'] as const

/** Reads `room:<id>`, `dm:<id>` or `thread:<id>`. */
export function parseTarget(text: string): ConversationRef {
  const colon = text.indexOf(':')
  const kind = KINDS.find((known) => known === text.slice(0, colon))
  const id = text.slice(colon + 1)
  if (kind === undefined || !isGenericId(id)) {
    throw new UsageError(`--target ${JSON.stringify(text)} is not room:<id>, dm:<id> or thread:<id>`)
  }
  return { kind, id }
}

/** The two-party conversation of `self` and `other`, by the id that both sides derive. */
export async function dmTarget(
  { networkId, self }: { networkId: string; self: string },
  other: string,
): Promise<Target> {
  const theirs = agentFqid(other, networkId)
  const mine = agentFqid(self, networkId) as string
  if (theirs === undefined) {
    throw new UsageError(
      `${JSON.stringify(other)} is no agent id: alpha, net_a:alpha or molt://net_a/agents/alpha`,
    )
  }
  if (theirs === mine) throw new CommandError('a direct conversation needs two: this is one and the same id')
  const ref = parseAgentRef(other)
  const local = ref?.network === undefined || ref.network === networkId
  const participants = local
    ? [self, ref?.id as string]
    : [`${networkId}:${self}`, `${ref?.network}:${ref?.id}`]
  return { kind: 'dm', dm_id: await twoPartyDmId(mine, theirs), participant_ids: participants } as Target
}
