import { parseRetryAfter } from '@moltnet/client'
import { NODE_LIMITS } from '../../limits.ts'
import type { Adapter, DeliveryOutcome, Session, Wake } from '../adapter.ts'
import { IdempotencyKeys } from '../idempotency.ts'
import { unavailable } from '../health.ts'
import type { RuntimeFault, RuntimeHealth } from '../health.ts'
import { excerpt } from '../program.ts'
import { knock } from './knock.ts'
import { postJson } from './post-json.ts'
import type { PostResult } from './post-json.ts'
import { wakeBody } from './wake-body.ts'

/** What makes one kind of runtime that wakes are posted to. */
export interface HttpAdapterOptions {
  url: string
  /** The key of the configuration that the URL stands at. */
  urlKey: string
  agentId: string
  /** Headers that show who sends a body. */
  credentials(body: string): Promise<Record<string, string>>
  /** The last text of a turn in an answer of 2xx; `''` for none. */
  textOf(answer: HttpAnswer): string
}

/** An answer that came. */
export type HttpAnswer = Extract<PostResult, { type: 'answered' }>

/**
 * Posts each wake as JSON; the answer ends the turn. The other side keeps the sessions, by `session_key`.
 */
export function createHttpAdapter(options: HttpAdapterOptions): Adapter {
  const keys = new IdempotencyKeys()
  return {
    async deliver(wake: Wake, session: Session, signal: AbortSignal): Promise<DeliveryOutcome> {
      const body = JSON.stringify(wakeBody(wake, session, options.agentId))
      const result = await postJson({
        url: options.url,
        headers: {
          'idempotency-key': await keys.keyOf(wake, session),
          ...(await options.credentials(body)),
        },
        body,
        signal,
        onTaken: wake.started,
      })
      const outcome = judge(result, options)
      if (outcome.type === 'delivered') {
        await keys.done(wake, session)
        session.remember(session.key)
      } else if (outcome.type === 'failed' && result.type === 'answered') {
        await keys.failed(wake, session)
      }
      return outcome
    },
    diagnose: ({ signal }) => lookAt(options, signal),
    async close() {},
  }
}

/** Only a wake would tell more than that somebody listens. */
async function lookAt(options: HttpAdapterOptions, signal: AbortSignal): Promise<RuntimeHealth> {
  const contact = await knock(options.url, signal)
  switch (contact.type) {
    case 'open':
      return { state: 'ready' }
    case 'unknown':
      return { state: 'ready', note: 'it is behind a proxy, so only a wake shows whether it answers' }
    case 'closed':
      return { state: 'unreachable', ...notThere(options, contact.error) }
  }
}

function notThere({ url, urlKey }: HttpAdapterOptions, error: string): RuntimeFault {
  return {
    problem: `${placeOf(url)} cannot be reached (${error})`,
    fix: `start it, or set ${urlKey} to where it is`,
  }
}

function judge(result: PostResult, options: HttpAdapterOptions): DeliveryOutcome {
  const place = placeOf(options.url)
  switch (result.type) {
    case 'unreachable':
      return unavailable(notThere(options, result.error))
    case 'lost':
      return failed(`${place} did not answer to the end: ${result.error}`)
    case 'answered':
      return judgeStatus(result, options)
  }
}

function judgeStatus(answer: HttpAnswer, options: HttpAdapterOptions): DeliveryOutcome {
  const { status } = answer
  if (status >= 200 && status < 300) {
    const text = options.textOf(answer).trim()
    return { type: 'delivered', text, warnings: answer.cut ? [CUT] : [] }
  }
  const place = placeOf(options.url)
  if (status >= 300 && status < 400) {
    return failed(`${place} redirects elsewhere (${status}): set ${options.urlKey} to the final address`)
  }
  const error = `${place} answered ${status}${said(answer)}`
  const retryAfterMs = parseRetryAfter(answer.headers.get('retry-after'), Date.now())
  if (status === 429 || (status === 503 && retryAfterMs !== undefined)) {
    const wait = Math.min(retryAfterMs ?? NODE_LIMITS.busyRetryMs, NODE_LIMITS.retryAfterMaxMs)
    return { type: 'retry', reason: 'busy', error, retryAfterMs: wait }
  }
  // 503 and what a proxy says when nobody is behind it.
  if (status >= 502 && status <= 504) return { type: 'retry', reason: 'unavailable', error }
  return failed(error)
}

const CUT = `the answer was longer than ${NODE_LIMITS.finalTextBytes} bytes and was cut`

function failed(error: string): DeliveryOutcome {
  return { type: 'failed', reason: 'failed', error, warnings: [] }
}

function said({ text }: HttpAnswer): string {
  const line = excerpt(text)
  return line === '' ? '' : `: ${line}`
}

/** The URL without its query, which may hold a secret. */
function placeOf(url: string): string {
  const { origin, pathname } = new URL(url)
  return `${origin}${pathname}`
}

/** The text field of a JSON object that stands under the first of these names; `''` for none. */
export function jsonText(text: string, names: readonly string[]): string {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return ''
  }
  if (typeof value !== 'object' || value === null) return ''
  const fields = value as Record<string, unknown>
  const found = names.map((name) => fields[name]).find((field) => typeof field === 'string')
  return typeof found === 'string' ? found : ''
}
