import type { JsonSchema } from './json-schema.ts'
import { code, codes, table } from './table.ts'
import { allowedWords, typeWords } from './value-words.ts'

/** A value that each variable accepts; which keys it then sets is asked of the code that reads it. */
const SAMPLES: Readonly<Record<string, string>> = {
  MOLTNET_ALLOW_INSECURE: 'true',
  MOLTNET_ALLOW_HUMAN_INGRESS: 'true',
  MOLTNET_ALLOW_DIRECT_MESSAGES: 'true',
  MOLTNET_DEBUG_EVENTS: 'true',
  MOLTNET_PAIRINGS_JSON: '[]',
}

/** The variables that change the server's configuration, with the keys that each of them sets. */
export async function variableTable(schema: JsonSchema): Promise<string> {
  const { SERVER_VARIABLES, serverOverlays } = await import('../../packages/config/src/server/environment.ts')
  const rows = SERVER_VARIABLES.map((name) => {
    const { overlays, faults } = serverOverlays({ [name]: SAMPLES[name] ?? 'sample' })
    if (faults.length > 0 || overlays.length === 0) throw new Error(`${name} needs a value in SAMPLES`)
    const keys = overlays.map(({ path }) => path.join('.'))
    return [code(name), codes(keys), valueWords(schemaAt(schema, keys[0] ?? ''))]
  })
  return table(['variable', 'sets', 'value'], rows)
}

function schemaAt(schema: JsonSchema, path: string): JsonSchema {
  const found = path
    .split('.')
    .reduce<JsonSchema | undefined>((below, key) => below?.properties?.[key], schema)
  if (found === undefined) throw new Error(`no key ${path} in the schema`)
  return found
}

function valueWords(schema: JsonSchema): string {
  if (schema.type === 'boolean') return '`1`, `true`, `yes`, `on`, or `0`, `false`, `no`, `off`'
  if (schema.items !== undefined) return 'JSON: the whole list'
  return allowedWords(schema) || typeWords(schema)
}
