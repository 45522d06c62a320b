import type { HttpClient } from '@moltnet/client'
import type { Wake } from '@moltnet/protocol'
import { useQuery } from '@tanstack/react-query'
import { useModel } from './context.ts'
import { KEYS } from './queries.ts'

/** Wakes of one kind that are shown at most; the newest of them. */
const EACH = 200

/** Wakes that wait for somebody: held, failing, given up, or silent with a text; newest first. */
export function useInbox() {
  const { client, rights } = useModel()
  return useQuery({
    queryKey: KEYS.inbox,
    queryFn: ({ signal }) => loadInbox(client, signal),
    enabled: rights.observe,
  })
}

async function loadInbox(client: HttpClient, signal: AbortSignal): Promise<Wake[]> {
  const kinds = [{ state: 'held' }, { state: 'failed' }, { state: 'dead' }, { final_text: 'held' }] as const
  const pages = await Promise.all(kinds.map((kind) => client.listWakes({ ...kind, limit: EACH }, { signal })))
  return pages.flatMap(({ wakes }) => wakes).sort((a, b) => (a.created_at < b.created_at ? 1 : -1))
}
