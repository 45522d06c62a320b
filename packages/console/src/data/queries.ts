import type { HttpClient } from '@moltnet/client'
import { queryOptions } from '@tanstack/react-query'
import { listAll } from './list-all.ts'

/** Keys of everything that is kept in the query cache. */
export const KEYS = {
  network: ['network'],
  rooms: ['rooms'],
  agents: ['agents'],
  dms: ['dms'],
  pairings: ['pairings'],
  inbox: ['inbox'],
  threads: (roomId: string) => ['threads', roomId],
  /** Without an id: those of all agents. */
  agentWakes: (agentId?: string) => (agentId === undefined ? ['agent-wakes'] : ['agent-wakes', agentId]),
  message: (messageId: string) => ['message', messageId],
} as const

/** How the lists of the network are loaded. They are kept right by the event stream, not by loading again. */
export function createQueries(client: HttpClient) {
  return {
    network: queryOptions({ queryKey: KEYS.network, queryFn: ({ signal }) => client.network({ signal }) }),
    rooms: queryOptions({
      queryKey: KEYS.rooms,
      queryFn: ({ signal }) => listAll('rooms', (query) => client.listRooms(query, { signal })),
    }),
    agents: queryOptions({
      queryKey: KEYS.agents,
      queryFn: ({ signal }) => listAll('agents', (query) => client.listAgents(query, { signal })),
    }),
    dms: queryOptions({
      queryKey: KEYS.dms,
      queryFn: ({ signal }) => listAll('dms', (query) => client.listDms(query, { signal })),
    }),
    pairings: queryOptions({
      queryKey: KEYS.pairings,
      queryFn: ({ signal }) => listAll('pairings', (query) => client.listPairings(query, { signal })),
    }),
    threads: (roomId: string) =>
      queryOptions({
        queryKey: KEYS.threads(roomId),
        queryFn: ({ signal }) =>
          listAll('threads', (query) => client.listRoomThreads(roomId, query, { signal })),
      }),
    agentWakes: (agentId: string) =>
      queryOptions({
        queryKey: KEYS.agentWakes(agentId),
        queryFn: ({ signal }) => client.listAgentWakes(agentId, { limit: 50 }, { signal }),
      }),
  }
}

export type Queries = ReturnType<typeof createQueries>
