import { z } from 'zod'

/** The parts of JSON Schema that the document uses. */
export interface Schema {
  $ref?: string
  type?: string
  const?: unknown
  enum?: readonly unknown[]
  pattern?: string
  minItems?: number
  maxItems?: number
  properties?: Record<string, Schema>
  required?: readonly string[]
  additionalProperties?: unknown
  items?: Schema
  oneOf?: readonly Schema[]
  anyOf?: readonly Schema[]
}

interface Content {
  schema: Schema
}

interface Parameter {
  name: string
  in: 'path' | 'query' | 'header'
}

interface RawOperation {
  parameters?: readonly (Parameter | { $ref: string })[]
  requestBody?: { content: Record<string, Content> }
  responses: Record<string, { content?: Record<string, Content> }>
}

interface RawDocument {
  paths: Record<string, Record<string, RawOperation>>
  components: { schemas: Record<string, Schema>; parameters: Record<string, Parameter> }
}

/** One operation as requests are made from it and answers are held against it. */
export interface Operation {
  /** `GET /v1/rooms/{id}` */
  name: string
  method: string
  /** With `{name}` where parameters stand. */
  path: string
  query: readonly string[]
  /** Schema of its JSON body. */
  body: Schema | undefined
  statuses: ReadonlySet<number>
  /** What is wrong with a JSON answer of a status; undefined when nothing is, or nothing is promised. */
  faultOf(status: number, answer: unknown): string | undefined
}

/** What a server says that it can be asked. */
export interface ApiDocument {
  operations: readonly Operation[]
  schemas: Readonly<Record<string, Schema>>
}

/** Reads `/openapi.json` of a server. */
export async function fetchDocument(baseUrl: string): Promise<ApiDocument> {
  const answer = await fetch(`${baseUrl}/openapi.json`)
  if (answer.status !== 200) throw new Error(`${baseUrl}/openapi.json answers ${answer.status}`)
  const raw = (await answer.json()) as RawDocument
  const operations = Object.entries(raw.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => readOperation(raw, { method, path, operation })),
  )
  return { operations, schemas: raw.components.schemas }
}

/** The name that a reference ends in. */
export function refName(ref: string): string {
  return ref.slice(ref.lastIndexOf('/') + 1)
}

function readOperation(
  document: RawDocument,
  { method, path, operation }: { method: string; path: string; operation: RawOperation },
): Operation {
  const parameters = (operation.parameters ?? []).map((parameter) =>
    '$ref' in parameter ? (document.components.parameters[refName(parameter.$ref)] as Parameter) : parameter,
  )
  const validators = new Map<number, z.ZodType>()
  for (const [status, { content }] of Object.entries(operation.responses)) {
    const schema = content?.['application/json']?.schema
    if (schema?.$ref !== undefined) validators.set(Number(status), validatorOf(document, schema.$ref))
  }
  return {
    name: `${method.toUpperCase()} ${path}`,
    method: method.toUpperCase(),
    path,
    query: parameters.filter((parameter) => parameter.in === 'query').map(({ name }) => name),
    body: operation.requestBody?.content['application/json']?.schema,
    statuses: new Set(Object.keys(operation.responses).map(Number)),
    faultOf: (status, answer) => validators.get(status)?.safeParse(answer).error?.message,
  }
}

const validators = new WeakMap<RawDocument, Map<string, z.ZodType>>()

function validatorOf(document: RawDocument, ref: string): z.ZodType {
  const known = validators.get(document) ?? new Map<string, z.ZodType>()
  validators.set(document, known)
  let validator = known.get(ref)
  if (validator === undefined) {
    const $defs = JSON.parse(
      JSON.stringify(document.components.schemas).replaceAll('#/components/schemas/', '#/$defs/'),
    ) as Record<string, never>
    validator = z.fromJSONSchema({ $ref: `#/$defs/${refName(ref)}`, $defs })
    known.set(ref, validator)
  }
  return validator
}
