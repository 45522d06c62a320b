import { ANONYMOUS_KEY } from '../domain/principal.ts'
import type { Attachment, Identity } from './attachment.ts'
import { AlreadyAttached } from './refusal.ts'

/** Which agent has which attachments, from the settled registration on. */
export class Roster {
  readonly #ofAgent = new Map<string, Set<Attachment>>()

  /** Attachments of one agent, as they are now. */
  of(agentId: string): readonly Attachment[] {
    return [...(this.#ofAgent.get(agentId) ?? [])]
  }

  /**
   * Enters an attachment. One agent may have several only with one authenticated credential, or throws
   * {@link AlreadyAttached}; a durable consumer is taken over by another one instead.
   */
  enter(attachment: Attachment, identity: Identity, durable: boolean): void {
    const { agentId } = identity.agent
    const others = this.#ofAgent.get(agentId) ?? new Set()
    for (const other of others) {
      if (durable && other.isDurable) continue
      const key = identity.principal.credentialKey
      if (key !== ANONYMOUS_KEY && key === other.identity?.principal.credentialKey) continue
      throw new AlreadyAttached(agentId)
    }
    attachment.identity = identity
    attachment.isDurable = durable
    others.add(attachment)
    this.#ofAgent.set(agentId, others)
  }

  /** Takes an attachment out, if it was entered. */
  leave(attachment: Attachment): void {
    const agentId = attachment.identity?.agent.agentId
    if (agentId === undefined) return
    const others = this.#ofAgent.get(agentId)
    if (others?.delete(attachment) === true && others.size === 0) this.#ofAgent.delete(agentId)
  }
}
