import { Broken, equal, matches } from '../expect.ts'

/** An HTTP answer as a check looks at it. */
export interface Answer {
  status: number
  headers: Headers
  text: string
  /** The parsed body; throws when it is no JSON. */
  readonly json: Record<string, unknown>
}

export interface RequestOptions {
  token?: string | undefined
  body?: unknown
  /** Sent as it is instead of `body`. */
  raw?: string | Uint8Array<ArrayBuffer>
  headers?: Record<string, string>
}

/** Sends one request; redirects are not followed. */
export async function request(
  baseUrl: string,
  line: { method: string; path: string },
  o: RequestOptions = {},
): Promise<Answer> {
  const { method, path } = line
  const body = o.raw ?? (o.body === undefined ? undefined : JSON.stringify(o.body))
  const headers = new Headers(o.headers)
  if (o.token !== undefined) headers.set('authorization', `Bearer ${o.token}`)
  if (body !== undefined && !headers.has('content-type')) headers.set('content-type', 'application/json')
  const answer = await fetch(baseUrl + path, {
    method,
    redirect: 'manual',
    headers,
    ...(body === undefined ? {} : { body }),
    signal: AbortSignal.timeout(10_000),
  })
  const text = await answer.text()
  return {
    status: answer.status,
    headers: answer.headers,
    text,
    get json() {
      try {
        return JSON.parse(text) as Record<string, unknown>
      } catch {
        throw new Broken(`${method} ${path}: the body is no JSON: ${text.slice(0, 200)}`)
      }
    },
  }
}

const CODES: Record<number, string> = {
  400: 'bad_request',
  401: 'unauthorized',
  403: 'forbidden',
  404: 'not_found',
  409: 'conflict',
  422: 'unprocessable_entity',
  502: 'bad_gateway',
  503: 'service_unavailable',
}

/** The answer is an error of this status in the envelope, with the code of the status. */
export function expectError(answer: Answer, status: number, what: string): void {
  if (answer.status !== status)
    throw new Broken(`${what}: expected ${status}, got ${answer.status} ${answer.text.slice(0, 200)}`)
  const body = answer.json
  equal(body['code'], CODES[status], `${what}: code`)
  matches(body['error'], /./, `${what}: error text`)
  matches(body['request_id'], /^[A-Za-z0-9._:-]{1,128}$/, `${what}: request_id`)
  equal(answer.headers.get('x-request-id'), body['request_id'], `${what}: X-Request-Id`)
}

/** The answer has this status; gives its JSON. */
export function expectOk(answer: Answer, status: number, what: string): Record<string, unknown> {
  if (answer.status !== status)
    throw new Broken(`${what}: expected ${status}, got ${answer.status} ${answer.text.slice(0, 300)}`)
  return answer.json
}
