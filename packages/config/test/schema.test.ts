import { describe, expect, test } from 'bun:test'
import { z } from 'zod'
import { BridgeFile, ClientFile, configSchema, IdentityFile, NodeFile, ServerFile } from '../src/index.ts'

const FILES = { ServerFile, NodeFile, BridgeFile, ClientFile, IdentityFile }

interface JsonSchema {
  description?: string
  properties?: Record<string, JsonSchema>
  additionalProperties?: boolean | JsonSchema
  items?: JsonSchema
  anyOf?: JsonSchema[]
  oneOf?: JsonSchema[]
  const?: unknown
}

/** Every key of a schema with its documentation. */
function* keysOf(schema: JsonSchema, path = ''): Generator<[path: string, schema: JsonSchema]> {
  for (const [key, value] of Object.entries(schema.properties ?? {})) {
    yield [`${path}.${key}`, value]
    yield* keysOf(value, `${path}.${key}`)
  }
  for (const below of [schema.items, ...(schema.anyOf ?? []), ...(schema.oneOf ?? [])]) {
    if (below) yield* keysOf(below, path)
  }
}

describe.each(Object.entries(FILES))('%s', (_name, file) => {
  const schema = z.toJSONSchema(file, { target: 'draft-07', io: 'input' }) as JsonSchema

  test('documents every key', () => {
    const silent = [...keysOf(schema)].filter(
      ([path, key]) => key.description === undefined && !path.endsWith('.kind'),
    )
    expect(silent.map(([path]) => path)).toEqual([])
    for (const [, key] of keysOf(schema)) if (key.description) expect(key.description).toMatch(/[.)]$/)
  })

  test('refuses unknown keys everywhere', () => {
    const open = [['', schema] as const, ...keysOf(schema)].filter(
      ([, key]) => key.properties !== undefined && key.additionalProperties !== false,
    )
    expect(open.map(([path]) => path)).toEqual([])
  })
})

test('the schema of each kind is draft-07', () => {
  for (const kind of ['server', 'node', 'bridge', 'client'] as const) {
    expect(configSchema(kind).$schema).toBe('http://json-schema.org/draft-07/schema#')
  }
})
