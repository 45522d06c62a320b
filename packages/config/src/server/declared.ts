import type { ApplyRequest } from '@moltnet/protocol'
import type { ServerConfig } from './types.ts'

/**
 * What a server file declares, as the body of `POST /v1/apply`: its rooms, and for each agent that
 * exactly one token may attach or speak as, that token's credential key. An agent that several tokens
 * name belongs to none of them until it attaches.
 */
export function declaredState(config: ServerConfig): ApplyRequest {
  const keys = new Map<string, string[]>()
  for (const token of config.auth.tokens) {
    for (const agent of token.agents ?? []) keys.set(agent, [...(keys.get(agent) ?? []), `token:${token.id}`])
  }
  const agents = [...keys].flatMap(([id, [key, ...others]]) =>
    key === undefined || others.length > 0 ? [] : [{ id, credential_key: key }],
  )
  return {
    network_id: config.network.id,
    agents: agents as ApplyRequest['agents'],
    rooms: config.rooms.map((room) => ({
      id: room.id,
      name: room.name,
      members: room.members,
      visibility: room.visibility,
      write_policy: room.writePolicy,
    })),
  }
}
