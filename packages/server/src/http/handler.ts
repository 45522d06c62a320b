import { getLogger } from '@logtape/logtape'
import { MoltnetError } from '@moltnet/protocol'
import type { Server } from 'bun'
import type { Principal } from '../domain/principal.ts'
import { complete } from './answer.ts'
import { createAuthenticator } from './authenticate.ts'
import { createBodyReader } from './body.ts'
import { createClientReader } from './client.ts'
import type { RouteContext } from './context.ts'
import { createTokenTable } from './credentials.ts'
import type { HttpDeps } from './deps.ts'
import { Exchange } from './exchange.ts'
import { createGate } from './gate.ts'
import { checkHeaderSize, createRateLimits } from './limits.ts'
import { asMoltnetError, problem } from './problem.ts'
import { createRouter, decodeParams } from './router.ts'
import type { Match, Route } from './router.ts'
import { allRoutes } from './routes/all.ts'
import { createSessions, sessionCookie, sessionCookieName } from './sessions.ts'

/** Answers one request; undefined only when the request became a WebSocket. */
export type HttpHandler = (request: Request, server: Server<unknown>) => Promise<Response | undefined>

/** Label of requests that led to no route. */
const UNMATCHED = 'unmatched'

/** How often the log level is looked at, in milliseconds. */
const LEVEL_CHECK_MS = 1_000

/** Methods that get a metrics label of their own; a client can make up any other. */
const METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'PATCH', 'DELETE', 'OPTIONS', 'PUT'])

/**
 * Makes the `fetch` handler of `Bun.serve`. It never rejects. The order of checks: gate, route, credential,
 * what the route asks for.
 */
export function createHttpHandler(deps: HttpDeps): HttpHandler {
  const logger = getLogger(['moltnet', 'http'])
  const readClient = createClientReader(deps.config.server)
  const run = createRunner(deps)

  // Successes are many and rarely read, and asking the logger costs as much as a small answer.
  let askedAt = Number.NEGATIVE_INFINITY
  let debugs = false
  const logsSuccesses = (now: number): boolean => {
    if (now - askedAt > LEVEL_CHECK_MS) {
      askedAt = now
      debugs = logger.isEnabledFor('debug')
    }
    return debugs
  }

  const report = (done: Done) => {
    const { exchange, pattern, status, startedAt, error } = done
    const seconds = (performance.now() - startedAt) / 1000
    const method = METHODS.has(exchange.method) ? exchange.method : 'OTHER'
    deps.metrics.observe(method, pattern, status, seconds)
    const level = status >= 500 ? 'error' : status >= 400 ? 'info' : 'debug'
    if (level === 'debug' && !logsSuccesses(startedAt)) return
    logger[level]('{method} {route} {status} in {ms} ms, request {requestId}', {
      method,
      route: pattern,
      status,
      ms: Math.round(seconds * 10_000) / 10,
      requestId: exchange.requestId,
      ...(status >= 500 && { error: error?.cause ?? error }),
    })
  }

  return async (request, server) => {
    const startedAt = performance.now()
    const exchange = new Exchange(request, server, readClient(request, server))
    const trace: Trace = { pattern: UNMATCHED }
    let response: Response | undefined
    let error: MoltnetError | undefined
    try {
      response = await run(exchange, trace)
    } catch (thrown) {
      error = asMoltnetError(thrown)
      response = problem(error, exchange.requestId)
      for (const name in trace.headers) response.headers.set(name, trace.headers[name] as string)
    }
    const status = response?.status ?? 101
    report({ exchange, pattern: trace.pattern, status, startedAt, error })
    return response && complete(response, exchange.requestId)
  }
}

/** What is known about a request when it fails. */
interface Trace {
  pattern: string
  /** Headers that an error answer gets besides its own. */
  headers?: Record<string, string>
}

interface Done {
  readonly exchange: Exchange
  readonly pattern: string
  readonly status: number
  readonly startedAt: number
  readonly error: MoltnetError | undefined
}

type Runner = (exchange: Exchange, trace: Trace) => Promise<Response | undefined>

function createRunner(deps: HttpDeps): Runner {
  const { config } = deps
  const tokens = createTokenTable(config.auth)
  const sessions = createSessions(tokens)
  const limits = createRateLimits(config)
  const cookieName = () => sessionCookieName(deps.port())
  const gate = createGate({ config, port: deps.port, cookieName })
  const authenticate = createAuthenticator({
    mode: config.auth.mode,
    tokens,
    sessions,
    agentOfCredential: (key) => deps.agentOfCredential(key),
    cookieName,
  })
  const context: RouteContext = {
    deps,
    readBody: createBodyReader(config.server.limits),
    limits,
    tokens,
    sessions,
  }
  const router = createRouter(allRoutes(context))

  const callerOf = async (exchange: Exchange, trace: Trace): Promise<Principal> => {
    try {
      return await authenticate(exchange)
    } catch (error) {
      // A browser would send its dead session for ever, and be locked out of what is public.
      if (exchange.header('authorization') === undefined)
        trace.headers = { 'Set-Cookie': sessionCookie({ port: deps.port(), id: undefined, secure: false }) }
      throw error
    }
  }

  return async (exchange, trace) => {
    gate(exchange)
    checkHeaderSize(exchange.request, config.server.limits.headerBytes)
    const { route, params } = found(router.match(exchange.method, exchange.path), trace)
    exchange.params = decodeParams(params)
    switch (route.caller) {
      case 'none':
        return route.handle(exchange)
      case 'late':
        return route.handle(exchange, () => callerOf(exchange, trace))
      case 'first': {
        const principal = await callerOf(exchange, trace)
        if (principal.kind === 'anonymous' && isRead(exchange, route)) {
          limits.anonymousRead({ client: exchange.client, principal })
        }
        return route.handle(exchange, principal)
      }
    }
  }
}

function isRead({ method }: Exchange, { pattern }: Route): boolean {
  return (method === 'GET' || method === 'HEAD') && pattern !== '/v1/attach'
}

/** The route of a match; throws `not_found`, or `method_not_allowed` with the methods there are. */
function found(match: Match | undefined, trace: Trace): { route: Route; params: readonly string[] } {
  if (match === undefined) throw new MoltnetError('not_found', 'no such path')
  trace.pattern = match.pattern
  if (match.route !== undefined) return { route: match.route, params: match.params }
  trace.headers = { Allow: match.allow }
  throw new MoltnetError('method_not_allowed', `use one of ${match.allow}`)
}
