import { configSchemaText, schemaFileName } from './json-schema.ts'
import type { ConfigKind } from './validate-file.ts'

/** Where the default files expect the schemas of editors, relative to themselves: it works offline. */
const SCHEMA_FOLDER = '.moltnet/schemas'

/** Kinds of files that `moltnet init` writes. */
const DEFAULT_KINDS = ['server', 'node'] as const satisfies readonly ConfigKind[]

/** The comment by which editors with the YAML language server find the schema of a file. */
function editorComment(kind: (typeof DEFAULT_KINDS)[number]): string {
  return `# yaml-language-server: $schema=./${SCHEMA_FOLDER}/${schemaFileName(kind)}\n`
}

/** A file that belongs to the default files. */
export interface CompanionFile {
  /** Relative to the folder of the default files, with forward slashes. */
  path: string
  text: string
}

/** The schemas that the editor comments of the default files name. */
export function editorSchemas(): CompanionFile[] {
  return DEFAULT_KINDS.map((kind) => ({
    path: `${SCHEMA_FOLDER}/${schemaFileName(kind)}`,
    text: configSchemaText(kind),
  }))
}

/** The `Moltnet` file that `moltnet init` writes. */
export function defaultServerFile(): string {
  return `${editorComment('server')}version: moltnet.v1

network:
  id: local
  name: Local Moltnet

server:
  listen_addr: ":8787"
  human_ingress: true
  direct_messages: true

storage:
  kind: sqlite
  sqlite:
    path: .moltnet/moltnet.db

rooms: []
pairings: []
`
}

/** The `MoltnetNode` file that `moltnet init` writes. */
export function defaultNodeFile(): string {
  return `${editorComment('node')}version: moltnet.node.v1

moltnet:
  base_url: http://127.0.0.1:8787
  network_id: local

attachments: []
`
}
