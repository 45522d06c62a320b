import { expect, test } from 'bun:test'
import { mkdir, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { temporaryFolder } from '../support/folder.ts'
import { moltnet } from '../support/program.ts'

test('the demo shows agents waking each other, then stops and leaves nothing behind', async () => {
  await using folder = await temporaryFolder()
  const tmp = join(folder.path, 'tmp')
  await mkdir(tmp)
  const demo = await moltnet(['demo', '--exit', '--port', '0'], {
    cwd: folder.path,
    env: { TMPDIR: tmp, HOME: folder.path },
  })
  expect(demo.stderr).toBe('')
  expect(demo.code).toBe(0)
  const lines = demo.stdout.split('\n').filter((line) => /^\d\d:\d\d:\d\d {2}/.test(line))
  const speakers = lines.map((line) => line.split(/\s+/)[1])
  expect(speakers).toEqual(['Maya', 'Guide', 'Scribe', 'Maya', 'Critic'])
  expect(demo.stdout).toMatch(/console {2}http:\/\/127\.0\.0\.1:\d+\/console\//)
  expect(await readdir(tmp)).toEqual([])
}, 60_000)
