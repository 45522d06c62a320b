import { expect, test } from 'bun:test'
import { temporaryFolder } from '../../../test/support/folder.ts'
import { moltnet } from '../../../test/support/program.ts'
import { COMMANDS } from '../src/registry.ts'

test('version goes to stdout, in both spellings', async () => {
  const [word, flag] = await Promise.all([moltnet(['version']), moltnet(['--version'])])
  expect(word).toEqual({ code: 0, stdout: word.stdout, stderr: '' })
  expect(word.stdout).toMatch(/^\d+\.\d+\.\d+/)
  expect(flag.stdout).toBe(word.stdout)
})

test('an unknown command is exit 2 with the nearest one on stderr', async () => {
  const run = await moltnet(['sned'])
  expect(run.code).toBe(2)
  expect(run.stdout).toBe('')
  expect(run.stderr).toContain("unknown command 'sned'")
  expect(run.stderr).toContain('Did you mean send?')
})

test('an unknown flag is exit 2 with the nearest one', async () => {
  const run = await moltnet(['read', '--target', 'room:a', '--limmit', '3'])
  expect(run.code).toBe(2)
  expect(run.stderr).toContain('Did you mean --limit?')
})

test('too many arguments are exit 2', async () => {
  expect((await moltnet(['init', 'a', 'b'])).code).toBe(2)
  expect((await moltnet(['node', 'start', 'a', 'b'])).code).toBe(2)
  expect((await moltnet(['bridge'])).code).toBe(2)
})

for (const entry of COMMANDS) {
  test(`${entry.name} --help has an example`, async () => {
    const help = await moltnet([entry.name, '--help'])
    expect(help.code).toBe(0)
    expect(help.stdout).toContain('Example:')
    expect(help.stdout).toContain(`moltnet ${entry.name === 'demo-agent' ? 'demo' : entry.name}`)
  })
}

test('a target that is none is exit 2 and names the forms', async () => {
  await using folder = await temporaryFolder()
  const run = await moltnet(['read', '--target', 'lobby'], { cwd: folder.path })
  expect(run.code).toBe(2)
  expect(run.stderr).toContain('room:<id>, dm:<id> or thread:<id>')
})

test('flags take their value after a space or after =', async () => {
  await using folder = await temporaryFolder()
  for (const flags of [['--target', 'room:a'], ['--target=room:a']]) {
    const run = await moltnet(['read', ...flags], { cwd: folder.path })
    expect(run.code).toBe(1)
    expect(run.stderr).toContain('moltnet connect')
  }
})
