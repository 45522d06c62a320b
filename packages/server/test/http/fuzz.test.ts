import { afterAll, beforeAll, expect, test } from 'bun:test'
import fc from 'fast-check'
import { openApiDocument } from '../../src/http/openapi/document.ts'
import { startServer } from '../support/start-server.ts'
import type { TestServer } from '../support/start-server.ts'

/** Requests of one run; more on demand. */
const CASES = Number(process.env['MOLTNET_FUZZ_CASES'] ?? 2_000)

interface Schema {
  $ref?: string
  type?: string
  const?: unknown
  enum?: unknown[]
  pattern?: string
  minItems?: number
  properties?: Record<string, Schema>
  required?: string[]
  items?: Schema
  oneOf?: Schema[]
  anyOf?: Schema[]
}
interface Parameter {
  $ref?: string
  name: string
  in: string
}
interface OperationObject {
  parameters?: Parameter[]
  requestBody?: { content: Record<string, { schema: Schema }> }
  responses: Record<string, unknown>
}

const document = openApiDocument('0.0.0') as unknown as {
  paths: Record<string, Record<string, OperationObject>>
  components: { schemas: Record<string, Schema>; parameters: Record<string, Parameter> }
}

/** Ids that exist here and there, so that a part of the requests comes far. */
const id = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.constantFrom(
      'general',
      'open',
      'alpha',
      'beta',
      'dm-1',
      'thread-1',
      'net_b:gamma',
      'ann',
      'bob',
      'eve',
    ),
  },
  { weight: 1, arbitrary: fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._:-]{0,20}$/) },
)
/** Of a string that has no pattern it is not known whether it is an id. */
const idOrText = fc.oneof(
  { weight: 9, arbitrary: id },
  { weight: 1, arbitrary: fc.string({ maxLength: 60 }) },
)
const junk = fc.oneof(
  fc.constant(null),
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.integer(),
  fc.double(),
  fc.jsonValue({ maxDepth: 4 }),
  fc.constantFrom('', '\0', '\ud800', '__proto__', 'molt://a/agents/b', 'a'.repeat(200), [], {}, true),
)

/** Values of a schema, now and then with something else in the place of any part. */
function valueOf(schema: Schema): fc.Arbitrary<unknown> {
  return fc.oneof({ weight: 60, arbitrary: rightValue(schema) }, { weight: 1, arbitrary: junk })
}

function rightValue(schema: Schema): fc.Arbitrary<unknown> {
  if (schema.$ref !== undefined)
    return valueOf(document.components.schemas[schema.$ref.split('/').at(-1) as string] as Schema)
  if (schema.const !== undefined) return fc.constant(schema.const)
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum)
  const branches = schema.oneOf ?? schema.anyOf
  if (branches !== undefined) return fc.oneof(...branches.map(valueOf))
  switch (schema.type) {
    case 'object': {
      const fields: Record<string, fc.Arbitrary<unknown>> = {}
      for (const [key, value] of Object.entries(schema.properties ?? {}))
        fields[key] = schema.required?.includes(key) ? fieldOf(key, value) : seldom(fieldOf(key, value))
      return fc.record(fields)
    }
    case 'array':
      return fc.array(valueOf(schema.items ?? {}), { minLength: schema.minItems ?? 0, maxLength: 4 })
    case 'string':
      return schema.pattern === undefined ? idOrText : id
    case 'integer':
      return fc.integer()
    case 'boolean':
      return fc.boolean()
    default:
      return fc.jsonValue({ maxDepth: 3 })
  }
}

/** Of a room mostly one that is there: everything about a message comes after that. */
function fieldOf(key: string, schema: Schema): fc.Arbitrary<unknown> {
  if (key !== 'room_id') return valueOf(schema)
  return fc.oneof(
    { weight: 9, arbitrary: fc.constantFrom('general', 'open') },
    { weight: 1, arbitrary: valueOf(schema) },
  )
}

/** Mostly left out: of many optional values one is always wrong. */
function seldom(value: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  return fc.oneof({ weight: 5, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: value })
}

interface Case {
  method: string
  path: string
  body: unknown
  token: string | undefined
}

const TOKENS = [
  undefined,
  'root-token',
  'root-token',
  'root-token',
  'observe-token',
  'pair-token',
  'alpha-token',
  'wrong-token',
  `magt_v1_${'x'.repeat(43)}`,
]
const SKIPPED = new Set(['/v1/events/stream', '/v1/attach'])

/** Most of what can go wrong is in sending, so it gets a large share. */
const requests = Object.entries(document.paths)
  .filter(([path]) => !SKIPPED.has(path))
  .flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, operation]) => ({
      weight: path === '/v1/messages' ? 20 : 1,
      arbitrary: requestOf(path, method, operation),
    })),
  )

function requestOf(path: string, method: string, operation: OperationObject): fc.Arbitrary<Case> {
  const parameters = (operation.parameters ?? []).map((parameter) =>
    parameter.$ref === undefined
      ? parameter
      : (document.components.parameters[parameter.$ref.split('/').at(-1) as string] as Parameter),
  )
  const texts = fc.oneof(
    { weight: 5, arbitrary: id },
    { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 30 }) },
  )
  const query = parameters.filter((one) => one.in === 'query').map(({ name }) => [name, texts] as const)
  const schema = operation.requestBody?.content['application/json']?.schema
  return fc
    .record({
      segments: fc.array(texts, { minLength: 3, maxLength: 3 }),
      query: fc.record(Object.fromEntries(query), { requiredKeys: [] }),
      body: schema === undefined ? fc.constant(undefined) : valueOf(schema),
      token: fc.constantFrom(...TOKENS),
    })
    .map(({ segments, query: values, body, token }) => {
      let at = 0
      const filled = path.replace(/\{\w+\}/g, () =>
        encodeURIComponent((segments[at++] as string).toWellFormed()),
      )
      const search = new URLSearchParams(values as Record<string, string>).toString()
      return {
        method: method.toUpperCase(),
        path: search === '' ? filled : `${filled}?${search}`,
        body,
        token,
      }
    })
}

let server: TestServer
beforeAll(async () => {
  server = await startServer({
    storage: 'memory',
    config: {
      server: { limits: { messages: 'off', registrations: 'off', anonymous_reads: 'off', attaches: 'off' } },
      rooms: [
        { id: 'general', members: ['alpha', 'net_b:gamma'] },
        { id: 'open', visibility: 'public', write_policy: 'registered_agents' },
      ],
      auth: {
        mode: 'open',
        tokens: [
          { value: 'root-token', scopes: ['observe', 'write', 'admin', 'attach'] },
          { value: 'observe-token', scopes: ['observe'] },
          { value: 'pair-token', scopes: ['pair'] },
          { value: 'alpha-token', scopes: ['attach'], agents: ['alpha'] },
        ],
      },
    },
  })
})
afterAll(() => server.stop())

test(`${CASES} made-up requests get an answer that the document knows, and never a 5xx`, async () => {
  const statuses = new Map<number, number>()
  await fc.assert(
    fc.asyncProperty(fc.oneof(...requests), async ({ method, path, body, token }) => {
      const init: RequestInit = { method, redirect: 'manual' }
      if (token !== undefined) init.headers = { Authorization: `Bearer ${token}` }
      if (body !== undefined) init.body = JSON.stringify(body)
      const answer = await fetch(`${server.url}${path}`, init)
      statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1)
      const text = await answer.text()
      expect(answer.status).toBeLessThan(500)
      expect(answer.headers.get('x-request-id')).not.toBeNull()
      if (answer.status >= 400) expect(JSON.parse(text)).toMatchObject({ code: expect.any(String) })
    }),
    { numRuns: CASES },
  )
  expect((await server.request('/readyz')).status).toBe(200)
  // A run whose requests all fail early would say nothing.
  for (const status of [200, 202, 400, 401, 403, 404, 422])
    expect(statuses.get(status) ?? 0).toBeGreaterThan(0)
}, 120_000)
