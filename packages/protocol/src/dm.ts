import { parseAgentRef, sameAgent } from './ids.ts'
import { toHex } from './hex.ts'

/**
 * Id of the direct conversation of exactly two agents, whoever opens it: `dm_` and the first 32 hex
 * digits of the SHA-256 of both fully qualified ids, sorted, with a line break between them.
 */
export async function twoPartyDmId(fqidA: string, fqidB: string): Promise<string> {
  const text = [fqidA, fqidB].sort().join('\n')
  const hash = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))
  return `dm_${toHex(new Uint8Array(hash)).slice(0, 32)}`
}

/**
 * Participants of a DM as stored. When any is scoped or fully qualified, those become scoped
 * (`net_a:alpha`) and so does the sender's own entry; else all stay as given. The order is kept, an
 * entry that became equal to an earlier one goes.
 */
export function scopedParticipants(
  participants: readonly string[],
  senderId: string,
  networkId: string,
): string[] {
  const refs = participants.map((given) => ({ given, ref: parseAgentRef(given) }))
  if (!refs.some(({ ref }) => ref?.network !== undefined)) return [...new Set(participants)]
  const stored = refs.map(({ given, ref }) => {
    if (ref === undefined) return given
    const network = ref.network ?? (sameAgent(given, senderId, networkId) ? networkId : undefined)
    return network === undefined ? ref.id : `${network}:${ref.id}`
  })
  return [...new Set(stored)]
}
