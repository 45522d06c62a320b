import fc from 'fast-check'
import type { Target } from '../conformance/target.ts'
import { casesOf, type FuzzCase } from './cases.ts'
import { fetchDocument, type Operation } from './document.ts'

/** Requests that are on their way at a time. */
const BATCH = 20

/** Longest time for one answer, in milliseconds. */
const ANSWER_MS = 20_000

/** What is made up, and how much of it. */
export interface FuzzOptions {
  /** At least as many requests. */
  cases: number
  /** What a failed run printed, to see it again. */
  seed?: number | undefined
}

/** What a run saw. */
export interface FuzzReport {
  /** Requests that were answered. */
  answered: number
  /** How often each status came. */
  statuses: Map<number, number>
  /** Operations that were done at least once. */
  succeeded: Set<string>
  /** All operations of the document. */
  operations: number
}

/**
 * Sends requests that are made up from the server's own OpenAPI document, several at a time. Rejects with
 * the seed and a short list of requests that shows it when an answer breaks a rule of {@link faultOf}.
 */
export async function fuzz(target: Target, o: FuzzOptions): Promise<FuzzReport> {
  const document = await fetchDocument(target.baseUrl)
  const { operator, ...others } = target.credentials
  // Half of the requests come from who may do everything, or most of them would end at the door.
  const rest = [...Object.values(others), 'wrong-token']
  const tokens = operator === undefined ? rest : [...rest, ...rest.map(() => operator)]
  const report: FuzzReport = {
    answered: 0,
    statuses: new Map(),
    succeeded: new Set(),
    operations: document.operations.length,
  }
  const operations = new Map(document.operations.map((operation) => [operation.name, operation]))
  const batches = fc.array(casesOf(document, tokens), { minLength: 1, maxLength: BATCH, size: 'max' })
  const run = { baseUrl: target.baseUrl, operations, report }
  const property = fc.asyncProperty(batches, async (cases) => {
    await Promise.all(cases.map((one) => play(one, run)))
  })
  // Batches are of any length, so that a failure shrinks to a few requests.
  let { seed } = o
  while (report.answered < o.cases) {
    const numRuns = Math.ceil((o.cases - report.answered) / BATCH)
    await fc.assert(property, { numRuns, ...(seed === undefined ? {} : { seed }) })
    seed = undefined
  }
  const ready = await fetch(`${target.baseUrl}/readyz`)
  if (ready.status !== 200)
    throw new Error(`/readyz answers ${ready.status} after ${report.answered} requests`)
  return report
}

interface Run {
  baseUrl: string
  operations: ReadonlyMap<string, Operation>
  report: FuzzReport
}

async function play(one: FuzzCase, { baseUrl, operations, report }: Run): Promise<void> {
  const abort = AbortSignal.timeout(ANSWER_MS)
  const answer = await fetch(baseUrl + one.path, {
    method: one.method,
    headers: one.headers,
    redirect: 'manual',
    signal: abort,
    ...(one.body === undefined ? {} : { body: one.body }),
  })
  const isStream = answer.headers.get('content-type')?.startsWith('text/event-stream') === true
  const text = isStream ? '' : await answer.text()
  if (isStream) await answer.body?.cancel()
  report.answered++
  report.statuses.set(answer.status, (report.statuses.get(answer.status) ?? 0) + 1)
  if (answer.status < 400 && one.operation !== undefined) report.succeeded.add(one.operation)
  const operation = one.operation === undefined ? undefined : operations.get(one.operation)
  const fault = faultOf({ method: one.method, operation }, answer, text)
  if (fault !== undefined)
    throw new Error(`${one.method} ${one.path}: ${fault}; answer ${answer.status} ${text.slice(0, 300)}`)
}

/** What is wrong with an answer. */
function faultOf(
  { method, operation }: { method: string; operation: Operation | undefined },
  { status, headers }: Response,
  text: string,
): string | undefined {
  if (status >= 500) return 'a fault of the server'
  if (headers.get('x-request-id') === null) return 'no request id'
  // A browser may not send a body of another type, also where none is expected.
  const isBrowsers = status === 415 && operation?.body === undefined
  if (operation !== undefined && !operation.statuses.has(status) && !isBrowsers)
    return `the document knows no ${status} here (${[...operation.statuses].join(', ')})`
  if (method === 'HEAD' || status === 303) return undefined
  const isJson = headers.get('content-type')?.startsWith('application/json') === true
  if (status < 400) return isJson ? operation?.faultOf(status, JSON.parse(text)) : undefined
  // A browser gets a page to sign in with.
  if (!isJson)
    return headers.get('content-type')?.startsWith('text/html') ? undefined : 'an error that is no JSON'
  const { error, code, request_id: id } = JSON.parse(text) as Record<string, unknown>
  if (typeof error !== 'string' || typeof code !== 'string') return 'no envelope'
  return id === headers.get('x-request-id') ? undefined : 'another request id in the envelope'
}
