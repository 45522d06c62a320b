import { expect, test } from 'bun:test'
import { chmod, readFile, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { temporaryFolder } from '../../../test/support/folder.ts'
import { moltnet } from '../../../test/support/program.ts'

test('init writes both files privately, and never over existing ones', async () => {
  await using folder = await temporaryFolder()
  const dir = join(folder.path, 'new', 'network')
  const first = await moltnet(['init', dir])
  expect(first.stdout).toBe(`created ${join(dir, 'Moltnet')}\ncreated ${join(dir, 'MoltnetNode')}\n`)
  expect((await stat(dir)).mode & 0o777).toBe(0o700)
  for (const name of ['Moltnet', 'MoltnetNode'])
    expect((await stat(join(dir, name))).mode & 0o777).toBe(0o600)
  await writeFile(join(dir, 'Moltnet'), '# mine\n')
  const second = await moltnet(['init', dir])
  expect(second.stdout).toBe(`exists ${join(dir, 'Moltnet')}\nexists ${join(dir, 'MoltnetNode')}\n`)
  expect(await readFile(join(dir, 'Moltnet'), 'utf8')).toBe('# mine\n')
})

test('init writes the schemas that the files name for editors, privately, and renews them', async () => {
  await using folder = await temporaryFolder()
  await moltnet(['init'], { cwd: folder.path })
  for (const [name, kind] of [
    ['Moltnet', 'server'],
    ['MoltnetNode', 'node'],
  ] as const) {
    const [first, second] = (await readFile(join(folder.path, name), 'utf8')).split('\n')
    const path = `./.moltnet/schemas/${kind}.schema.json`
    expect(first).toBe(`# yaml-language-server: $schema=${path}`)
    expect(second).toStartWith('version: moltnet.')
    const schema = join(folder.path, path)
    expect((await stat(schema)).mode & 0o777).toBe(0o600)
    expect((await stat(dirname(schema))).mode & 0o777).toBe(0o700)
    expect(await readFile(schema, 'utf8')).toBe((await moltnet(['schema', kind])).stdout)
  }
  const outdated = join(folder.path, '.moltnet', 'schemas', 'server.schema.json')
  await writeFile(outdated, '{}')
  const again = await moltnet(['init'], { cwd: folder.path })
  expect(again).toEqual({ code: 0, stdout: 'exists Moltnet\nexists MoltnetNode\n', stderr: '' })
  expect(await readFile(outdated, 'utf8')).toContain('"title": "Moltnet server configuration"')
})

test('validate names every file it read; nothing found is an error', async () => {
  await using folder = await temporaryFolder()
  const nothing = await moltnet(['validate'], { cwd: folder.path })
  expect(nothing.code).toBe(1)
  expect(nothing.stderr).toContain('moltnet init')
  await moltnet(['init'], { cwd: folder.path })
  const both = await moltnet(['validate'], { cwd: folder.path })
  expect(both).toEqual({ code: 0, stdout: 'validated Moltnet\nvalidated MoltnetNode\n', stderr: '' })
})

test('validate reports every fault with file, line, column and key', async () => {
  await using folder = await temporaryFolder()
  const path = join(folder.path, 'Moltnet')
  await writeFile(path, 'network:\n  id: "not an id"\nserver:\n  listen_adr: ":1"\n')
  const run = await moltnet(['validate', path])
  expect(run.code).toBe(1)
  expect(run.stderr).toContain('Moltnet:2:7: network.id')
  expect(run.stderr).toContain('Moltnet:4:3: server.listen_adr')
  expect(run.stderr).toContain('listen_addr')
})

test('a file with secrets that others can read is refused with the chmod to run', async () => {
  await using folder = await temporaryFolder()
  const path = join(folder.path, 'Moltnet')
  await writeFile(
    path,
    'auth:\n  mode: bearer\n  tokens: [{ id: op, value: secret-secret, scopes: [observe] }]\n',
  )
  await chmod(path, 0o644)
  const run = await moltnet(['validate', path])
  expect(run.code).toBe(1)
  expect(run.stderr).toContain(`chmod 600 ${path}`)
  expect(run.stderr).not.toContain('secret-secret')
})
