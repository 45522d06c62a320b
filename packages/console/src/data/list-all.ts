import type { ListQuery } from '@moltnet/client'
import { LIMITS, type Page } from '@moltnet/protocol'

/** Most pages that are read of a list of the whole network: 5,000 items. */
const PAGES = 10

/** All items of a list, oldest or smallest id first, page by page from its end. */
export async function listAll<K extends string, T>(
  key: K,
  load: (query: ListQuery) => Promise<{ page: Page } & Record<K, T[]>>,
): Promise<T[]> {
  const items: T[] = []
  let before: string | undefined
  for (let read = 0; read < PAGES; read++) {
    const answer = await load({ limit: LIMITS.pageMax, ...(before === undefined ? {} : { before }) })
    items.unshift(...answer[key])
    before = answer.page.next_before
    if (!answer.page.has_more || before === undefined) break
  }
  return items
}
