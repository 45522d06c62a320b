import type { TinyclawRuntime } from '@moltnet/config'
import { z } from 'zod'
import { messageOf } from '../../errors.ts'
import { NODE_LIMITS } from '../../limits.ts'
import { directFetch } from '../http/direct-fetch.ts'
import { postJson } from '../http/post-json.ts'
import type { PostResult } from '../http/post-json.ts'
import { readEvents } from './server-sent-events.ts'
import type { ServerSentEvent } from './server-sent-events.ts'

/** TinyClaw's API and where it is. */
export type ApiRuntime = Extract<TinyclawRuntime, { via: 'api' }>

/** A message to the agent. */
export interface InboundMessage {
  text: string
  /** The API takes each id once. */
  messageId: string
  /** Only echoed. */
  senderId: string
}

/** A response that waits in the queue until it is acknowledged. */
const QueuedResponse = z.object({
  id: z.union([z.number(), z.string()]),
  message: z.string(),
  messageId: z.string().nullish(),
  agent: z.string().nullish(),
})
export type QueuedResponse = z.infer<typeof QueuedResponse>

const QueueStatus = z.object({ incoming: z.number(), processing: z.number() })

/** The event stream, where there is one. */
export type EventStream =
  | { type: 'open'; events: AsyncIterable<ServerSentEvent> }
  | { type: 'not_offered' }
  | { type: 'unreachable'; error: string }

/** Whether somebody answers. */
export type ApiContact = { type: 'answered'; status: number } | { type: 'unreachable'; error: string }

/** Calls of TinyClaw's API (TinyAGI today). Nothing here throws. */
export class TinyclawApi {
  readonly #runtime: ApiRuntime
  readonly #headers: Record<string, string>

  constructor(runtime: ApiRuntime) {
    this.#runtime = runtime
    this.#headers = runtime.token === undefined ? {} : { authorization: `Bearer ${runtime.token}` }
  }

  /** Puts a message into the queue of the agent. */
  async post({ text, messageId, senderId }: InboundMessage, signal: AbortSignal): Promise<PostResult> {
    const { inboundUrl: url, channel } = this.#runtime
    const body = JSON.stringify({ message: text, channel, sender: 'moltnet', senderId, messageId })
    return await postJson({ url, headers: this.#headers, body, signal: bounded(signal), onTaken: () => {} })
  }

  /** Opens the stream of everything that happens. */
  async openEvents(signal: AbortSignal): Promise<EventStream> {
    try {
      const response = await this.#get(this.#sibling('/api/events/stream'), {
        accept: 'text/event-stream',
        signal,
      })
      const { body } = response
      const isStream = response.headers.get('content-type')?.startsWith('text/event-stream') === true
      if (response.ok && isStream && body !== null) return { type: 'open', events: readEvents(body) }
      await body?.cancel()
      return { type: 'not_offered' }
    } catch (error) {
      return { type: 'unreachable', error: messageOf(error) }
    }
  }

  /** Responses that nobody has acknowledged; none when they cannot be read. */
  async pending(signal: AbortSignal): Promise<QueuedResponse[]> {
    const rows = await this.#getJson(this.#runtime.outboundUrl, z.array(z.unknown()), signal)
    return (rows ?? []).flatMap((row) => QueuedResponse.safeParse(row).data ?? [])
  }

  /** Removes a response from the queue. One that stays there hurts nobody. */
  async acknowledge({ id }: QueuedResponse, signal: AbortSignal): Promise<void> {
    const url = `${this.#runtime.ackUrl.replace(/\/+$/, '')}/${encodeURIComponent(id)}/ack`
    await postJson({ url, headers: this.#headers, body: '{}', signal: bounded(signal), onTaken: () => {} })
  }

  /** Whether the agents have nothing to do; undefined when the API does not tell. */
  async isIdle(signal: AbortSignal): Promise<boolean | undefined> {
    const status = await this.#getJson(this.#sibling('/api/queue/status'), QueueStatus, signal)
    return status && status.incoming + status.processing === 0
  }

  /** What status the API answers a harmless question with. */
  async contact(signal: AbortSignal): Promise<ApiContact> {
    try {
      const url = this.#sibling('/api/queue/status')
      const response = await this.#get(url, { accept: 'application/json', signal: bounded(signal) })
      await response.body?.cancel()
      return { type: 'answered', status: response.status }
    } catch (error) {
      return { type: 'unreachable', error: messageOf(error) }
    }
  }

  /** Another path of the API, below the same prefix as the inbound URL. */
  #sibling(path: string): string {
    const url = new URL(this.#runtime.inboundUrl)
    url.pathname = url.pathname.endsWith('/api/message')
      ? url.pathname.replace(/\/api\/message$/, path)
      : path
    url.search = ''
    return url.href
  }

  async #getJson<T extends z.ZodType>(
    url: string,
    schema: T,
    signal: AbortSignal,
  ): Promise<z.output<T> | undefined> {
    try {
      const response = await this.#get(url, { accept: 'application/json', signal: bounded(signal) })
      return schema.safeParse(await response.json()).data
    } catch {
      return undefined
    }
  }

  async #get(url: string, { accept, signal }: { accept: string; signal: AbortSignal }): Promise<Response> {
    return await directFetch(url, { headers: { ...this.#headers, accept }, signal })
  }
}

/** No call but the event stream takes long. */
function bounded(signal: AbortSignal): AbortSignal {
  return AbortSignal.any([signal, AbortSignal.timeout(NODE_LIMITS.tinyclawCallMs)])
}
