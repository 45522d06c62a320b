import { expect, test } from 'bun:test'
import { ERROR_CODES } from '@moltnet/protocol'
import { openApiDocument } from '../../src/http/openapi/document.ts'
import { OPERATIONS } from '../../src/http/openapi/operations.ts'
import { allRoutes } from '../../src/http/routes/all.ts'
import { startServer } from '../support/start-server.ts'

/** The route table; routes do not touch what they are made from until a request comes. */
const routes = () => {
  const services = { rooms: {}, threads: {}, history: {}, dms: {}, agents: {} }
  const deps = { services, consoleAssets: [], config: { pairings: [] } }
  return allRoutes({ deps } as unknown as Parameters<typeof allRoutes>[0])
}

/** Every `$ref` of a document. */
function refsOf(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, item]) => (key === '$ref' ? [String(item)] : refsOf(item)))
}

test('the document describes every route and nothing else', () => {
  const described = Object.keys(OPERATIONS).sort()
  expect(described).toEqual(
    routes()
      .map(({ method, pattern }) => `${method} ${pattern}`)
      .sort(),
  )
})

test('every reference leads to something in the document', () => {
  const document = openApiDocument('1.2.3')
  const refs = refsOf(document)
  expect(refs.length).toBeGreaterThan(100)
  for (const ref of refs) {
    const path = ref.replace(/^#\//, '').split('/')
    expect(
      path.reduce<unknown>((node, key) => (node as Record<string, unknown>)?.[key], document),
    ).toBeDefined()
  }
})

test('every status of a refusal is one of the error table', () => {
  const known = new Set<number>(Object.values(ERROR_CODES).map(({ status }) => status))
  for (const { errors } of Object.values(OPERATIONS))
    for (const status of errors) expect(known).toContain(status)
})

test('a server answers with the document, to anybody', async () => {
  await using server = await startServer({
    storage: 'memory',
    version: '9.8.7',
    config: { auth: { mode: 'bearer', tokens: [{ value: 'some-token', scopes: ['observe'] }] } },
  })
  const { status, body } = await server.json('/openapi.json')
  expect(status).toBe(200)
  expect(body).toMatchObject({ openapi: '3.1.0', info: { version: '9.8.7' } })
  expect(body).toEqual(JSON.parse(JSON.stringify(openApiDocument('9.8.7'))))
})
