import { expect, test } from 'bun:test'
import { compileCommand, parseBuildArgs } from '../../scripts/build.ts'

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

test('never lets a file of the working directory configure the compiled program', () => {
  const command = compileCommand({ target: 'linux-x64', file: 'moltnet-linux-x64' }, '1.2.3')
  for (const kind of ['dotenv', 'bunfig', 'tsconfig', 'package-json']) {
    expect(command).toContain(`--no-compile-autoload-${kind}`)
  }
  expect(command).toContain('--target=bun-linux-x64')
  expect(command).toContain('--define=MOLTNET_VERSION="1.2.3"')
})
