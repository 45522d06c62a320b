import { z } from 'zod'
import { deadline } from './deadline.ts'
import { TransportError } from './errors.ts'
import { CLIENT_LIMITS } from './limits.ts'
import { errorOf, invalidResponse, readText, send, type TokenSource } from './transport.ts'
import { endpoint, normalizeBaseUrl, type Query } from './url.ts'

/** How a client reaches its server. */
export interface HttpClientOptions {
  /** http or https; a path prefix is kept. */
  baseUrl: string
  /** A function is asked anew for every request, so that a rotated token is picked up. */
  token?: TokenSource
  /** Time limit of one request with its whole answer, in milliseconds. Default 15,000. */
  timeoutMs?: number
  /** Replaces the platform's fetch. */
  fetch?: typeof fetch
  /** Sent with every request. */
  headers?: Record<string, string>
}

/** Options of every call. */
export interface CallOptions {
  /** Gives the request up; the call then throws the signal's reason. */
  signal?: AbortSignal
}

/** One request of the API. */
export interface Route {
  method?: 'GET' | 'POST' | 'PATCH' | 'DELETE'
  path: string[]
  query?: Query
  body?: unknown
}

/** Makes a request and checks its answer. */
export type Call = <T>(route: Route, schema: z.ZodType<T>, options?: CallOptions) => Promise<T>

/** How every request to the server of `options` is made. Throws a TypeError when its URL is not usable. */
export function createCall(options: HttpClientOptions): Call {
  const settings = { ...options, baseUrl: normalizeBaseUrl(options.baseUrl) }
  return (route, schema, callOptions) => request(settings, route, { schema, ...callOptions })
}

/** A POST of the API, by the path after `/v1`. */
export function post(path: string[], body: unknown): Route {
  return { method: 'POST', path: ['v1', ...path], body }
}

async function request<T>(
  client: HttpClientOptions,
  route: Route,
  options: CallOptions & { schema: z.ZodType<T> },
): Promise<T> {
  const url = endpoint(client.baseUrl, route.path, route.query)
  const limitMs = client.timeoutMs ?? CLIENT_LIMITS.requestMs
  const onTime = () => new TransportError(`no answer from ${client.baseUrl} within ${limitMs} ms`)
  const { signal, release } = deadline(limitMs, onTime, options.signal)
  try {
    const response = await send({ ...client, ...route, url, signal })
    const text = await readText(response, { url, signal })
    if (!response.ok) throw errorOf(response, text)
    return parseBody(response, text, options.schema)
  } finally {
    release()
  }
}

function parseBody<T>(response: Response, text: string, schema: z.ZodType<T>): T {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (cause) {
    throw invalidResponse(response, 'it is not JSON', cause)
  }
  const parsed = schema.safeParse(value)
  if (!parsed.success) throw invalidResponse(response, z.prettifyError(parsed.error), parsed.error)
  return parsed.data
}
