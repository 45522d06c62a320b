import { LIMITS } from '@moltnet/protocol'
import type { Server } from 'bun'
import type { Client } from './client.ts'

const REQUEST_ID = new RegExp(`^[A-Za-z0-9._:-]{1,${LIMITS.requestIdCharacters}}$`)

/** One request on its way to its answer. */
export class Exchange {
  readonly request: Request
  readonly server: Server<unknown>
  readonly method: string
  /** `req_` and 16 hex digits, or what a well-formed `X-Request-Id` says. */
  readonly requestId: string
  /** Path as sent, still percent-encoded; always starts with a slash. */
  readonly path: string
  /** Query string without the question mark. */
  readonly search: string
  readonly client: Client
  /** Decoded values of the pattern's parameters, in their order. */
  params: readonly string[] = []

  constructor(request: Request, server: Server<unknown>, client: Client) {
    this.request = request
    this.server = server
    this.method = request.method
    this.client = client
    this.requestId = requestIdOf(request)
    const { path, search } = splitTarget(request.url)
    this.path = path
    this.search = search
  }

  /** A request header; undefined when it is not there. */
  header(name: string): string | undefined {
    return this.request.headers.get(name) ?? undefined
  }

  /** The parameters of the query string; the first of a repeated one counts. */
  get query(): URLSearchParams {
    return new URLSearchParams(this.search)
  }

  /** The path's `{…}` part at `index`. */
  param(index: number): string {
    return this.params[index] as string
  }
}

function requestIdOf(request: Request): string {
  const given = request.headers.get('x-request-id')
  return given !== null && REQUEST_ID.test(given) ? given : nextRequestId()
}

const PROCESS_PART = crypto.randomUUID().slice(0, 8)
let requests = 0

/** A new request id. Unique, and cheap to make: the first half is this process, the second one counts. It guards nothing. */
export function nextRequestId(): string {
  requests = (requests + 1) % 0x1_0000_0000
  return `req_${PROCESS_PART}${requests.toString(16).padStart(8, '0')}`
}

/**
 * Path and query of `Request.url` without parsing it as a URL: with an odd `Host` it has no scheme and
 * would not parse, and a fragment that a client sent stays in it.
 */
function splitTarget(url: string): { path: string; search: string } {
  const start = url.charCodeAt(0) === SLASH ? 0 : url.indexOf('/', 'http://'.length)
  const hash = url.indexOf('#', start)
  const end = hash < 0 ? url.length : hash
  const question = url.indexOf('?', start)
  if (question < 0 || question > end) return { path: url.slice(start, end), search: '' }
  return { path: url.slice(start, question), search: url.slice(question + 1, end) }
}

const SLASH = 0x2f
