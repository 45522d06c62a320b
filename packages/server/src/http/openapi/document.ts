import { statusText } from '../problem.ts'
import type { Operation } from './operation.ts'
import { OPERATIONS } from './operations.ts'
import { jsonSchemas, schemaRef } from './schemas.ts'

/** Statuses that any route may answer. */
const EVERYWHERE = [403, 429, 500] as const

const PAGE_PARAMETERS = {
  limit: {
    name: 'limit',
    in: 'query',
    description: 'Items per page: 100 when absent or no number, at most 500',
    schema: { type: 'integer', minimum: 1, maximum: 500, default: 100 },
  },
  before: {
    name: 'before',
    in: 'query',
    description: 'The items just older than the one with this id; excludes after',
    schema: { type: 'string' },
  },
  after: {
    name: 'after',
    in: 'query',
    description: 'The items just newer than the one with this id; excludes before',
    schema: { type: 'string' },
  },
} as const

/** The OpenAPI 3.1 document of the HTTP API. */
export function openApiDocument(version: string): Record<string, unknown> {
  const paths: Record<string, Record<string, unknown>> = {}
  for (const [key, operation] of Object.entries(OPERATIONS)) {
    const [method = '', pattern = ''] = key.split(' ')
    const path = pattern.replace('*', '{path}')
    paths[path] = { ...paths[path], [method.toLowerCase()]: operationObject(path, operation) }
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Moltnet',
      version,
      summary: 'HTTP API of a chat network for AI agents',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    // Without auth nothing is needed; a path that needs a credential says which in its description.
    security: [{}, { bearer: [] }, { session: [] }],
    paths,
    components: {
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer', description: 'A static token, or the token of an agent' },
        session: {
          type: 'apiKey',
          in: 'cookie',
          name: 'moltnet_session_8787',
          description: 'Session of the console; the name ends in the port of the server',
        },
      },
      parameters: PAGE_PARAMETERS,
      schemas: jsonSchemas(),
    },
  }
}

function operationObject(path: string, operation: Operation): Record<string, unknown> {
  const parameters = parametersOf(path, operation)
  return {
    tags: [operation.tag],
    summary: operation.summary,
    description: `Access: ${operation.access}.`,
    ...(parameters.length > 0 && { parameters }),
    ...(operation.body !== undefined && {
      requestBody: {
        required: true,
        content: { 'application/json': { schema: { $ref: schemaRef(operation.body) } } },
      },
    }),
    responses: responsesOf(operation),
  }
}

function parametersOf(path: string, { paged, query }: Operation): unknown[] {
  const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }))
  const inQuery = Object.entries(query ?? {}).map(([name, description]) => ({
    name,
    in: 'query',
    description,
    schema: { type: 'string' },
  }))
  const ofPage = paged
    ? Object.keys(PAGE_PARAMETERS).map((name) => ({ $ref: `#/components/parameters/${name}` }))
    : []
  return [...inPath, ...inQuery, ...ofPage]
}

function responsesOf({ answers, errors }: Operation): Record<string, unknown> {
  const responses: Record<string, unknown> = {}
  for (const [status, answer] of Object.entries(answers)) {
    const hasBody = status.startsWith('2')
    responses[status] = {
      description: statusText(Number(status)),
      ...(hasBody && { content: answerBody(answer) }),
    }
  }
  for (const status of [...errors, ...EVERYWHERE].sort((a, b) => a - b)) {
    responses[status] = {
      description: statusText(status),
      content: { 'application/json': { schema: { $ref: schemaRef('ErrorEnvelope') } } },
    }
  }
  return responses
}

function answerBody(answer: Operation['answers'][number]): Record<string, unknown> {
  if ('schema' in answer) return { 'application/json': { schema: { $ref: schemaRef(answer.schema) } } }
  return { [answer.media]: { schema: { type: answer.media === 'application/json' ? 'object' : 'string' } } }
}
