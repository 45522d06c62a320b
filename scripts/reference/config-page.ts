import { z } from 'zod'
import type * as Config from '@moltnet/config'
import type { ConfigKind } from '@moltnet/config'
import { configKeys, type Described } from './config-keys.ts'
import type { JsonSchema } from './json-schema.ts'
import type { Output } from './output.ts'
import { code, codes, table } from './table.ts'
import { variableTable } from './variables.ts'
import type { FeatureInfo } from '../../packages/config/src/features.ts'

const CONFIG = 'packages/config'

/** Files of the page in its order, with the names that its headings use. */
const FILES: readonly { kind: ConfigKind; name: string }[] = [
  { kind: 'server', name: 'Moltnet' },
  { kind: 'node', name: 'MoltnetNode' },
  { kind: 'bridge', name: 'Bridge' },
  { kind: 'client', name: 'Client' },
]

/** `docs/reference/config.md`, and the JSON Schemas that the package ships. */
export async function configOutputs(): Promise<Output[]> {
  const config = await import('@moltnet/config')
  // Groups that several files share are described once, by the first of them.
  const described: Described = new Map()
  const keys = Object.fromEntries(
    FILES.map(({ kind, name }) => [
      `${kind} keys`,
      configKeys({ name, schema: config.configSchema(kind) }, described),
    ]),
  )
  const identity = z.toJSONSchema(config.IdentityFile, { target: 'draft-7', io: 'input' }) as JsonSchema
  const parts = {
    'search order': searchOrder(config),
    ...keys,
    'identity keys': configKeys({ name: 'Identity', schema: identity }, described),
    variables: await variableTable(config.configSchema('server')),
    'not available': await notAvailable(),
  }
  const schemas = FILES.map(({ kind }) => ({
    path: `${CONFIG}/schemas/${config.schemaFileName(kind)}`,
    text: config.configSchemaText(kind),
  }))
  return [{ path: 'docs/reference/config.md', parts }, ...schemas]
}

function searchOrder(config: typeof Config): string {
  const search: [file: string, variable: string, names: readonly string[]][] = [
    ['server', config.SERVER_FILE_VARIABLE, config.SERVER_FILE_NAMES],
    ['node', config.NODE_FILE_VARIABLE, config.NODE_FILE_NAMES],
    ['client', config.CLIENT_FILE_VARIABLE, config.CLIENT_FILE_NAMES],
  ]
  return table(
    ['file', 'variable', 'names, the first that is there'],
    search.map(([file, variable, names]) => [file, code(variable), codes(names)]),
  )
}

/** What a file may say although this release cannot do it yet. */
async function notAvailable(): Promise<string> {
  const { FEATURES } = await import('../../packages/config/src/features.ts')
  const missing = Object.values<FeatureInfo>(FEATURES).filter(({ available }) => !available)
  if (missing.length === 0) return 'Everything on this page is available.'
  const rows = missing.map(({ label, optional, meanwhile }) => {
    const instead = meanwhile === undefined ? '' : `: ${meanwhile}`
    return [label, optional ? `starts with a warning${instead}` : 'does not start']
  })
  return table(['not available yet', 'a program whose file asks for it'], rows)
}
