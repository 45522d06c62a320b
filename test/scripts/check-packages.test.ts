import { expect, test } from 'bun:test'
import { checkPackages } from '../../scripts/check-packages.ts'
import { formatFault } from '../../scripts/lib/fault.ts'
import { plantTree } from './temp-tree.ts'

test('accepts a private package in lockstep', async () => {
  await using tree = await plantTree({
    'package.json': JSON.stringify({ version: '1.0.0' }),
    'package-lock.json': JSON.stringify({ version: '1.0.0' }),
    'packages/node/package.json': JSON.stringify({
      version: '1.0.0',
      private: true,
      license: 'MIT',
      type: 'module',
      dependencies: { '@moltnet/protocol': '1.0.0', zod: '4.1.0' },
    }),
  })
  expect(await checkPackages(tree.root)).toEqual([])
})

test('reports every fault of a public package', async () => {
  await using tree = await plantTree({
    'package.json': JSON.stringify({ version: '1.0.0' }),
    'package-lock.json': JSON.stringify({ version: '0.9.0' }),
    'packages/client/package.json': JSON.stringify({
      version: '1.1.0',
      type: 'module',
      dependencies: { '@moltnet/protocol': '0.9.0', zod: '^4.1.0' },
      scripts: { postinstall: 'x' },
    }),
  })
  expect((await checkPackages(tree.root)).map(formatFault)).toEqual([
    "packages/client/package.json: version is 1.1.0, the workspace's is 1.0.0",
    'packages/client/package.json: license must be MIT',
    'packages/client/package.json: @moltnet/protocol must be 1.0.0, not 0.9.0',
    'packages/client/package.json: zod must be pinned to one version, not ^4.1.0',
    'packages/client/package.json: must not have the install script postinstall',
    'packages/client/package.json: a public package has a description',
    'packages/client/package.json: a public package lists its files',
    'packages/client/package.json: a public package names its engines',
    'package-lock.json: version is 0.9.0, not 1.0.0',
  ])
})
