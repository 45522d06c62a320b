import { isLoopback } from '@moltnet/client'

/**
 * `fetch` for a runtime: follows no redirect, because what is sent is for this URL alone, and sends nothing
 * for this machine through a proxy.
 */
export async function directFetch(url: string, init: BunFetchRequestInit): Promise<Response> {
  return await fetch(url, {
    ...init,
    redirect: 'manual',
    ...(isLoopback(url) ? { proxy: false as never } : {}),
  })
}
