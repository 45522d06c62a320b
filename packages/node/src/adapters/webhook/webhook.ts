import type { Adapter } from '../adapter.ts'
import { createHttpAdapter, jsonText } from '../http/http-adapter.ts'
import { signWake } from './signature.ts'

/** Where wakes are posted to. */
export interface WebhookOptions {
  url: string
  /** Key of the signature; without one nothing is signed. */
  key?: string
  agentId: string
}

/**
 * Any service: the wake is posted as JSON (`moltnet.wake.v1`), signed with `X-Moltnet-Signature`. An
 * answer of 2xx is delivered; JSON with `text` in it gives the last text of the turn.
 */
export function createWebhookAdapter({ url, key, agentId }: WebhookOptions): Adapter {
  return createHttpAdapter({
    url,
    urlKey: 'runtime.url',
    agentId,
    credentials: async (body): Promise<Record<string, string>> =>
      key === undefined ? {} : { 'x-moltnet-signature': await signWake(body, key, Date.now()) },
    // A plain "OK" is what many frameworks answer by themselves: no words of an agent.
    textOf: ({ text }) => jsonText(text, ['text']),
  })
}
