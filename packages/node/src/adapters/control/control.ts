import type { Adapter } from '../adapter.ts'
import { createHttpAdapter, jsonText } from '../http/http-adapter.ts'

/** A runtime with a control URL. */
export interface ControlOptions {
  url: string
  /** Sent as `Authorization: Bearer`. */
  token?: string
  agentId: string
}

/** Names that control servers give the answer's text. */
const TEXT_FIELDS = ['text', 'response', 'reply']

/**
 * A runtime that is woken at an HTTP control URL with the JSON of the wake (`moltnet.wake.v1`). Its answer
 * ends the turn and is what the agent says: JSON with `text` (or `response`, `reply`), or plain text.
 */
export function createControlAdapter({ url, token, agentId }: ControlOptions): Adapter {
  return createHttpAdapter({
    url,
    urlKey: 'runtime.control_url',
    agentId,
    credentials: async (): Promise<Record<string, string>> =>
      token === undefined ? {} : { authorization: `Bearer ${token}` },
    textOf: ({ headers, text }) =>
      headers.get('content-type')?.startsWith('text/plain') === true ? text : jsonText(text, TEXT_FIELDS),
  })
}
