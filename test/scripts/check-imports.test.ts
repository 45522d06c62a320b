import { describe, expect, test } from 'bun:test'
import { checkImports } from '../../scripts/check-imports.ts'
import { formatFault } from '../../scripts/lib/fault.ts'
import { importsOf } from '../../scripts/lib/imports.ts'
import { plantTree } from './temp-tree.ts'

const manifest = JSON.stringify({
  dependencies: {
    '@moltnet/protocol': '0',
    '@moltnet/client': '0',
    '@moltnet/config': '0',
    '@moltnet/server': '0',
    '@moltnet/node': '0',
    zod: '4',
  },
})

/** Faults of a tree that holds one file, as `line: message`. */
async function faultsOf(path: string, source: string): Promise<string[]> {
  const folder = path.split('/').slice(0, 2).join('/')
  await using tree = await plantTree({ [`${folder}/package.json`]: manifest, [path]: source })
  const faults = await checkImports(tree.root)
  return faults.map((fault) => formatFault(fault).replace(`${path}:`, ''))
}

const REFUSED: [name: string, path: string, source: string, message: string][] = [
  [
    'protocol imports another package',
    'packages/protocol/src/a.ts',
    "import { x } from '@moltnet/client'",
    '1: protocol must not import @moltnet/client (allowed: no other package)',
  ],
  [
    'protocol imports a Node module',
    'packages/protocol/src/a.ts',
    "\nimport { join } from 'node:path'",
    '2: @moltnet/protocol uses web standards only: it must not import node:path',
  ],
  [
    'client imports Bun',
    'packages/client/src/a.ts',
    "import { serve } from 'bun'",
    '1: @moltnet/client uses web standards only: it must not import bun',
  ],
  [
    'config imports the client',
    'packages/config/src/a.ts',
    "import type { HttpClient } from '@moltnet/client'",
    '1: config must not import @moltnet/client (allowed: protocol)',
  ],
  [
    'node imports the server',
    'packages/node/src/a.ts',
    "const { createServer } = await import('@moltnet/server')",
    '1: node must not import @moltnet/server (allowed: protocol, config, failpoints, client)',
  ],
  [
    'server imports the node, as a type only',
    'packages/server/src/server.ts',
    "type N = import('@moltnet/node').Node",
    '1: server must not import @moltnet/node (allowed: protocol, config, failpoints)',
  ],
  [
    'server imports the client outside relay',
    'packages/server/src/http/a.ts',
    "import { createHttpClient } from '@moltnet/client'",
    '1: only server/src/relay may import @moltnet/client',
  ],
  [
    'a subpath of a package counts as the package',
    'packages/node/src/a.ts',
    "import { x } from '@moltnet/server/deep'",
    '1: node must not import @moltnet/server (allowed: protocol, config, failpoints, client)',
  ],
  [
    'a relative import leaves the package',
    'packages/cli/src/a.ts',
    "export * from '../../server/src/server.ts'",
    '1: relative import leaves the package: ../../server/src/server.ts (name the package instead)',
  ],
  [
    'a test reaches into another package',
    'packages/cli/test/a.test.ts',
    "import { x } from '../../server/src/server.ts'",
    '1: relative import leaves the package: ../../server/src/server.ts (name the package instead)',
  ],
  [
    'a package imports itself by name',
    'packages/config/src/a.ts',
    "import { x } from '@moltnet/config'",
    '1: a package imports its own files by relative path, not as @moltnet/config',
  ],
  [
    'a dependency is not declared',
    'packages/node/src/a.ts',
    "import { parse } from 'yaml'",
    '1: yaml is not among the dependencies of packages/node/package.json',
  ],
  [
    'services import http',
    'packages/server/src/services/a.ts',
    "import { x } from '../http/b.ts'",
    '1: server/src/services must not import http/ (allowed: domain, store, eventlog)',
  ],
  [
    'domain imports the store, as a type only',
    'packages/server/src/domain/a.ts',
    "import type { Store } from '../store/port.ts'",
    '1: server/src/domain must not import store/ (allowed: nothing)',
  ],
  [
    'domain imports a package that it must not know',
    'packages/server/src/domain/a.ts',
    "import { ServerConfig } from '@moltnet/config'",
    '1: server/src/domain must not import @moltnet/config (allowed: @moltnet/protocol)',
  ],
  [
    'domain imports a Node module',
    'packages/server/src/domain/a.ts',
    "import { createHash } from 'node:crypto'",
    '1: server/src/domain must not import node:crypto (allowed: @moltnet/protocol)',
  ],
  [
    'domain reads the clock',
    'packages/server/src/domain/a.ts',
    'export const later = () =>\n  Date.now() + 1',
    '2: server/src/domain is pure and must not use Date.now',
  ],
  [
    'domain makes a promise',
    'packages/server/src/domain/a.ts',
    'export const f = async () => 1',
    '1: server/src/domain is pure and must not use a promise',
  ],
  [
    'a folder imports the composition root',
    'packages/server/src/http/a.ts',
    "import { createServer } from '../server.ts'",
    '1: http/ must not import packages/server/src/server.ts: it wires the folders together',
  ],
  [
    'a folder of the server is not in the table',
    'packages/server/src/helpers/a.ts',
    'export const a = 1',
    ' folder server/src/helpers has no line in scripts/lib/import-table.ts',
  ],
  [
    'a package is not in the table',
    'packages/extra/src/a.ts',
    'export const a = 1',
    ' package extra has no line in scripts/lib/import-table.ts',
  ],
]

describe('check-imports reports', () => {
  for (const [name, path, source, message] of REFUSED) {
    test(name, async () => {
      expect(await faultsOf(path, source)).toEqual([message])
    })
  }
})

const ACCEPTED: [name: string, path: string, source: string][] = [
  ['the client in server/src/relay', 'packages/server/src/relay/a.ts', "import { x } from '@moltnet/client'"],
  ['the protocol in domain', 'packages/server/src/domain/a.ts', "import { x } from '@moltnet/protocol'"],
  [
    'a given time in domain',
    'packages/server/src/domain/a.ts',
    'export const f = (at: number) => new Date(at)',
  ],
  ['a clock named in a comment', 'packages/server/src/domain/a.ts', '// not Date.now()\nexport const a = 1'],
  ['services in http', 'packages/server/src/http/routes/a.ts', "import { x } from '../../services/b.ts'"],
  [
    'every folder in the composition root',
    'packages/server/src/server.ts',
    "import { x } from './http/b.ts'",
  ],
  [
    'shared helpers in a test',
    'packages/cli/test/a.test.ts',
    "import { x } from '../../../test/support/folder.ts'",
  ],
  ['another package in a test', 'packages/node/test/a.test.ts', "import { x } from '@moltnet/server'"],
  [
    'an import in a comment',
    'packages/protocol/src/a.ts',
    "// import { x } from 'node:path'\nexport const a = 1",
  ],
  ['an import in a string', 'packages/protocol/src/a.ts', "export const a = `import x from 'node:path'`"],
]

describe('check-imports accepts', () => {
  for (const [name, path, source] of ACCEPTED) {
    test(name, async () => {
      expect(await faultsOf(path, source)).toEqual([])
    })
  }
})

test('the scanner sees every notation of an import', () => {
  const source = `
    import type { A } from './1.ts'
    import { type B } from './2.ts'
    import C, { type D } from './3.ts'
    import './4.ts'
    export * from './5.ts'
    export type { E } from './6.ts'
    export type Path = readonly string[]
    export function local() {
      type Step = { op: 1 }
    }
    const f = await import('./7.ts')
    const g: import('./8.ts').G = require('./9.ts')
  `
  expect(importsOf(source, 'a.ts').sort()).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9].map((n) => `./${n}.ts`))
})

test('reports all faults of all files, not only the first', async () => {
  await using tree = await plantTree({
    'packages/node/package.json': manifest,
    'packages/node/src/a.ts': "import { a } from '@moltnet/server'\nimport { b } from 'left-pad'",
    'packages/node/src/b.ts': "import { a } from '@moltnet/cli'",
  })
  expect(await checkImports(tree.root)).toHaveLength(3)
})

test('a file that cannot be parsed is a fault of its own', async () => {
  expect(await faultsOf('packages/protocol/src/a.ts', 'export const = ')).toEqual([' cannot be parsed'])
})

test('an empty tree is a fault, not a pass', async () => {
  await using empty = await plantTree({})
  expect(await checkImports(empty.root)).toEqual([
    { file: 'packages', message: 'no source file found: nothing was checked' },
  ])
})
