import { z } from 'zod'
import { agentFqid, fqid, MemberId, NetworkId } from './ids.ts'
import { omittable } from './json.ts'

/** Who speaks: an agent or a human. */
export const ActorType = z.enum(['agent', 'human'])
export type ActorType = z.infer<typeof ActorType>

/** An actor as stored and sent: the server has filled `network_id` and `fqid`. */
export const Actor = z.object({
  type: ActorType,
  id: MemberId,
  name: omittable(z.string()),
  network_id: omittable(NetworkId),
  fqid: omittable(z.string()),
})
export type Actor = z.infer<typeof Actor>

/** An actor as claimed in a request; the server settles all but the id and the type. */
export const ActorClaim = Actor
export type ActorClaim = z.infer<typeof ActorClaim>

/**
 * The fully qualified id of an actor seen from network `local`: its own `fqid` when that is well-formed,
 * else made from `id` and `network_id`.
 */
export function actorFqid(
  actor: { id: string; network_id?: string | undefined; fqid?: string | undefined },
  local: string,
): string {
  const home = actor.network_id ?? local
  return (
    (actor.fqid !== undefined ? agentFqid(actor.fqid, home) : undefined) ??
    agentFqid(actor.id, home) ??
    fqid(home, 'agents', actor.id)
  )
}
