import { type AgentSummary, agentFqid, parseAgentRef, type Room } from '@moltnet/protocol'
import { useMemo } from 'react'
import { useModel } from '../../data/context.ts'
import { useAgentIndex, useNetwork } from '../../data/hooks.ts'
import type { MentionCandidate } from '../../messages/props.ts'

/** Why the viewer cannot write, said so that it is clear what would help; undefined when it can. */
export function useClosed(room?: Room): string | undefined {
  const { rights } = useModel()
  const network = useNetwork()
  if (network.console?.can_send_human !== true) return 'This network takes no messages from people.'
  if (!rights.speak) {
    return rights.signedIn
      ? 'This session only reads. To write, sign in with a token that has the scope write.'
      : 'Only those who are signed in can write here.'
  }
  if (room?.access?.can_write === false) return `You cannot write here: ${room.access.reason}.`
  return undefined
}

/** Who a mention can name among these members, as they are known to the network. */
export function useCandidates(members: readonly string[] | undefined): MentionCandidate[] {
  const { network } = useModel()
  const agents = useAgentIndex()
  return useMemo(() => candidatesOf(members ?? [], network.id, agents), [members, network.id, agents])
}

function candidatesOf(
  members: readonly string[],
  networkId: string,
  agents: ReadonlyMap<string, AgentSummary>,
): MentionCandidate[] {
  return members.flatMap((member) => {
    const fqid = agentFqid(member, networkId)
    const ref = parseAgentRef(member)
    if (fqid === undefined || ref === undefined) return []
    const known = agents.get(fqid)
    const isLocal = ref.network === undefined || ref.network === networkId
    return {
      handle: isLocal ? ref.id : `${ref.network}:${ref.id}`,
      name: known?.name ?? ref.id,
      fqid,
      ...(known !== undefined && { connected: known.connected }),
    }
  })
}
