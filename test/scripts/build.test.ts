import { embedConsole } from '@moltnet/console/build'
import { FAILPOINTS } from '@moltnet/failpoints'
import { expect, test } from 'bun:test'
import { join } from 'node:path'
import { compileCommand, parseBuildArgs } from '../../scripts/build.ts'
import { runCommand } from '../../scripts/lib/command.ts'
import { REPOSITORY } from '../../scripts/lib/files.ts'
import { plantTree } from './temp-tree.ts'

test('builds for this machine when nothing else is asked for', () => {
  const [output, ...more] = parseBuildArgs([])
  expect(output?.target).toBe('host')
  expect(output?.file).toMatch(/^moltnet(\.exe)?$/)
  expect(more).toEqual([])
})

test('names the programs of other platforms after them', () => {
  expect(parseBuildArgs(['--all']).map((output) => output.file)).toEqual([
    'moltnet-linux-x64',
    'moltnet-linux-arm64',
    'moltnet-darwin-x64',
    'moltnet-darwin-arm64',
    'moltnet-windows-x64.exe',
  ])
  expect(parseBuildArgs(['--target', 'linux-arm64', '--target=linux-arm64'])).toHaveLength(1)
})

test('refuses an unknown platform or flag', () => {
  expect(() => parseBuildArgs(['--target', 'plan9-x64'])).toThrow('no such platform: plan9-x64')
  expect(() => parseBuildArgs(['--fast'])).toThrow('no such flag: --fast')
})

test('the command for a platform names it and the version', () => {
  const command = compileCommand('linux-arm64', 'dist/moltnet-linux-arm64', '1.2.3')
  expect(command).toContain('--target=bun-linux-arm64')
  expect(command).toContain('--define=MOLTNET_VERSION="1.2.3"')
})

test('the compiled program is not configured by the files of its working directory', async () => {
  await using tree = await plantTree({
    '.env': 'MOLTNET_NODE_CONFIG=./from-dot-env\n',
    'bunfig.toml': 'preload = ["./preload.ts"]\n',
    'preload.ts': 'await Bun.write("preloaded", "")\n',
    'tsconfig.json': '{ broken',
    'package.json': '{ broken',
  })
  const program = join(tree.root, 'moltnet')
  await embedConsole()
  const compiled = await runCommand(compileCommand('host', program, '1.2.3'), REPOSITORY)
  expect(compiled).toMatchObject({ code: 0 })
  expect(await runCommand([program, 'version'], tree.root)).toMatchObject({ code: 0, output: '1.2.3' })
  const node = await runCommand([program, 'node', 'start'], tree.root)
  expect(node.code).toBe(1)
  expect(node.output).toContain('MoltnetNode')
  expect(node.output).not.toContain('from-dot-env')
  expect(await Bun.file(join(tree.root, 'preloaded')).exists()).toBe(false)
}, 60_000)

test('the compiled program has no trace of the failpoints', async () => {
  await using tree = await plantTree({})
  const program = join(tree.root, 'moltnet')
  expect(await runCommand(compileCommand('host', program, '1.2.3'), REPOSITORY)).toMatchObject({ code: 0 })
  const code = Buffer.from(await Bun.file(program).arrayBuffer())
  const has = (text: string) => code.includes(text) || code.includes(Buffer.from(text, 'utf16le'))
  // The statement next to a failpoint: the program is searched the right way.
  expect(has('SAVEPOINT work')).toBe(true)
  for (const trace of [...Object.keys(FAILPOINTS), 'MOLTNET_FAILPOINT', 'function failpoint'])
    expect(has(trace) ? trace : 'no trace').toBe('no trace')
}, 60_000)
