import { expect, test } from 'bun:test'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { until } from '../support/condition.ts'
import { temporaryFolder } from '../support/folder.ts'
import { freePort } from '../support/network.ts'
import { moltnet, startProgram } from '../support/program.ts'

test('the quick start works word for word', async () => {
  await using folder = await temporaryFolder()
  const cwd = folder.path
  const home = { HOME: cwd }
  expect((await moltnet(['init'], { cwd })).code).toBe(0)
  expect((await moltnet(['validate'], { cwd })).code).toBe(0)
  // The usual port may be taken on the machine that runs the tests.
  const port = await freePort()
  await replaceIn(join(cwd, 'MoltnetNode'), '8787', String(port))
  await using server = startProgram(['start'], {
    cwd,
    env: { ...home, MOLTNET_LISTEN_ADDR: `:${port}`, MOLTNET_LOG: 'json' },
  })
  await until(
    () => server.log().includes('"') && server.log().includes(String(port)),
    () => `the server says where it listens: ${server.log()}`,
  )
  const health = await fetch(`http://127.0.0.1:${port}/healthz`)
  expect([health.status, await health.json()]).toEqual([200, { status: 'ok' }])
  const page = await fetch(`http://127.0.0.1:${port}/console/`)
  expect(page.status).toBe(200)
  expect(page.headers.get('content-type')).toContain('text/html')
  await using node = startProgram(['node', 'start'], { cwd, env: { ...home, MOLTNET_LOG: 'json' } })
  await until(
    () => node.log().includes('"message"'),
    () => `the node says what it does: ${node.log()}`,
  )
  node.kill('SIGTERM')
  expect(await node.exited).toBe(0)
  const asked = performance.now()
  server.kill('SIGTERM')
  expect(await server.exited).toBe(0)
  expect(performance.now() - asked).toBeLessThan(10_000)
}, 60_000)

test('connect, read, participants and send work against a server without auth', async () => {
  await using folder = await temporaryFolder()
  const cwd = folder.path
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  await writeFile(
    join(cwd, 'Moltnet'),
    'network: { id: local }\nrooms: [{ id: research, members: [ada, ben] }]\n',
  )
  await using server = startProgram(['start'], { cwd, env: { MOLTNET_LISTEN_ADDR: `127.0.0.1:${port}` } })
  await until(
    () =>
      fetch(`${url}/readyz`)
        .then((answer) => answer.ok)
        .catch(() => false),
    () => `ready: ${server.log()}`,
  )
  const connect = [
    'connect',
    '--base-url',
    url,
    '--network-id',
    'local',
    '--member-id',
    'ada',
    '--rooms',
    'research',
    '--enable-dms',
    '--runtime',
    'claude-code',
  ]
  const connected = await moltnet(connect, { cwd })
  expect(connected.stderr).toBe('')
  expect(connected.code).toBe(0)
  expect(await readFile(join(cwd, '.claude/skills/moltnet/SKILL.md'), 'utf8')).toContain('name: moltnet')
  const conversations = JSON.parse((await moltnet(['conversations'], { cwd })).stdout)
  expect(conversations).toMatchObject({
    member_id: 'ada',
    network_id: 'local',
    rooms: [{ id: 'research' }],
    dms: { enabled: true },
  })

  const sent = await moltnet(['send', '--target', 'room:research', '--text', '-'], {
    cwd,
    stdin: 'two\nlines',
  })
  expect(sent.stderr).toBe('')
  expect(JSON.parse(sent.stdout)).toMatchObject({ accepted: true })
  const page = JSON.parse((await moltnet(['read', '--target', 'room:research'], { cwd })).stdout)
  expect(page.messages).toHaveLength(1)
  expect(page.messages[0]).toMatchObject({
    from: { type: 'agent', id: 'ada' },
    parts: [{ kind: 'text', text: 'two\nlines' }],
  })
  const who = JSON.parse((await moltnet(['participants', '--target', 'room:research'], { cwd })).stdout)
  expect(who.members).toEqual(['ada', 'ben'])

  const first = JSON.parse((await moltnet(['send', '--dm', 'ben', '--text', 'psst'], { cwd })).stdout)
  expect(first.dm_created).toBe(true)
  const again = JSON.parse(
    (await moltnet(['send', '--dm', 'molt://local/agents/ben', '--text', 'psst again'], { cwd })).stdout,
  )
  expect(again.dm_created).toBe(false)

  const foreign = await moltnet(['send', '--target', 'room:secret', '--text', 'x'], { cwd })
  expect(foreign.code).toBe(1)
  expect(foreign.stderr).toContain('room secret is not attached')
}, 60_000)

async function replaceIn(path: string, from: string, to: string): Promise<void> {
  await writeFile(path, (await readFile(path, 'utf8')).replace(from, to), { mode: 0o600 })
}
