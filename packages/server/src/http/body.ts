import { describeIssues, MoltnetError, parseJson } from '@moltnet/protocol'
import type { JsonFault } from '@moltnet/protocol'
import type { ServerLimits } from '@moltnet/config'
import type { z } from 'zod'

/** Bounds of one JSON body. */
export type BodyLimits = Pick<ServerLimits, 'bodyBytes' | 'jsonDepth' | 'jsonKeys'>

/** A body that was read: its value, or the rule of 01-objects that it breaks. */
export type Body<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly broken: MoltnetError }

/** Reads a body that must be one JSON value of a schema. */
export type BodyReader = <S extends z.ZodType>(request: Request, schema: S) => Promise<Body<z.infer<S>>>

/**
 * Throws for a body that cannot be read (413, 400: no JSON, or a value of the wrong type). A readable one
 * that breaks a rule (422) is returned, because a route may have to look at the credential first.
 */
export function createBodyReader(limits: BodyLimits): BodyReader {
  return async (request, schema) => {
    const text = await readText(request, limits.bodyBytes)
    const parsed = parseJson(text, limits.jsonDepth)
    if (!parsed.ok) return { ok: false, broken: refused(parsed.reason, limits) }
    // A key takes at least four characters: `"":0`.
    if (text.length > limits.jsonKeys * 4 && hasMoreKeys(parsed.value, limits.jsonKeys))
      return {
        ok: false,
        broken: new MoltnetError('unprocessable_entity', `the body has more than ${limits.jsonKeys} keys`),
      }
    const result = schema.safeParse(parsed.value)
    if (result.success) return { ok: true, value: result.data }
    const { status, message } = describeIssues(result.error, parsed.value)
    const error = new MoltnetError(status, message)
    if (status === 'bad_request') throw error
    return { ok: false, broken: error }
  }
}

/** The value, or throws the rule that it breaks. */
export function valid<T>(body: Body<T>): T {
  if (body.ok) return body.value
  throw body.broken
}

function refused(reason: JsonFault, { jsonDepth }: BodyLimits): MoltnetError {
  switch (reason) {
    case 'syntax':
      throw new MoltnetError('bad_request', 'the body must be exactly one JSON value')
    case 'nul':
      return new MoltnetError('unprocessable_entity', 'strings must not contain the NUL character')
    case 'depth':
      return new MoltnetError('unprocessable_entity', `the body nests deeper than ${jsonDepth}`)
  }
}

/** The text of a body of at most `max` bytes. */
async function readText(request: Request, max: number): Promise<string> {
  const length = request.headers.get('content-length')
  if (length !== null && Number(length) > max) throw tooLarge(max)
  try {
    // With a length the parser keeps the client to it; without one it has to be counted while reading.
    return length === null ? await readCounted(request, max) : await request.text()
  } catch (error) {
    if (error instanceof MoltnetError) throw error
    throw new MoltnetError('bad_request', 'the body did not arrive whole', { cause: error })
  }
}

async function readCounted({ body }: Request, max: number): Promise<string> {
  if (body === null) return ''
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of body) {
    size += chunk.byteLength
    if (size > max) throw tooLarge(max)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

function tooLarge(max: number): MoltnetError {
  return new MoltnetError('payload_too_large', `the body is larger than ${max} bytes`)
}

/** Whether all objects of a value have more than `max` keys together. */
function hasMoreKeys(value: unknown, max: number): boolean {
  let count = 0
  const open: unknown[] = [value]
  for (let item = open.pop(); item !== undefined; item = open.pop()) {
    if (typeof item !== 'object' || item === null) continue
    const children: unknown[] = Object.values(item)
    if (!Array.isArray(item)) count += children.length
    if (count > max) return true
    for (const child of children) if (typeof child === 'object') open.push(child)
  }
  return false
}
