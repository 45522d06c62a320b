import { z } from 'zod'
import { ClientFile } from './client/file.ts'
import { BridgeFile, NodeFile } from './node/file.ts'
import { ServerFile } from './server/file.ts'
import type { ConfigKind } from './validate-file.ts'

const FILES = { server: ServerFile, node: NodeFile, bridge: BridgeFile, client: ClientFile } as const

const TITLES: Record<ConfigKind, string> = {
  server: 'Moltnet server configuration',
  node: 'Moltnet node configuration',
  bridge: 'Moltnet bridge configuration',
  client: 'Moltnet client configuration',
}

/**
 * The JSON Schema (draft-07, which editors know best) of a kind of file, made from the schema that
 * validates it. Rules between keys are not in it; `moltnet validate` checks those too.
 */
export function configSchema(kind: ConfigKind): Record<string, unknown> {
  const { $schema, ...schema } = z.toJSONSchema(FILES[kind], { target: 'draft-7', io: 'input' })
  return { $schema, title: TITLES[kind], ...schema }
}

/** Name of the file that holds the JSON Schema of a kind, in the package and in the folders of users. */
export function schemaFileName(kind: ConfigKind): string {
  return `${kind}.schema.json`
}

/** {@link configSchema} as the text of a file. */
export function configSchemaText(kind: ConfigKind): string {
  return `${JSON.stringify(configSchema(kind), null, 2)}\n`
}
