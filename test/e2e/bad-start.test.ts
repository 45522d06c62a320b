import { expect, test } from 'bun:test'
import { chmod, mkdir, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { until } from '../support/condition.ts'
import { temporaryFolder } from '../support/folder.ts'
import { canMount, mount, unmount } from '../support/mount.ts'
import { freePort, startTestServer } from '../support/network.ts'
import { moltnet } from '../support/program.ts'

/** The last line of stderr that is a message to the user. */
function lastMessage(stderr: string): string {
  return stderr.trim().split('\n').at(-1) ?? ''
}

async function configIn(folder: string, text: string, name = 'Moltnet'): Promise<string> {
  const path = join(folder, name)
  await writeFile(path, text, { mode: 0o600 })
  return path
}

test('a taken port is exit 1 and names the address', async () => {
  await using folder = await temporaryFolder()
  using squatter = Bun.listen({ hostname: '127.0.0.1', port: 0, socket: { data() {} } })
  const path = await configIn(folder.path, `server: { listen_addr: "127.0.0.1:${squatter.port}" }\n`)
  const run = await moltnet(['start', path], { cwd: folder.path })
  expect(run.code).toBe(1)
  expect(lastMessage(run.stderr)).toContain(String(squatter.port))
  expect(run.stderr).not.toContain('    at ')
})

test('a second process on the same database is refused and the first goes on', async () => {
  await using folder = await temporaryFolder()
  await using server = await startTestServer({ folder: folder.path, rooms: '[]' })
  const database = join(folder.path, 'moltnet.db')
  const second = await configIn(
    folder.path,
    `network: { id: testnet }\nserver: { listen_addr: "127.0.0.1:${await freePort()}" }\nstorage: { kind: sqlite, sqlite: { path: ${JSON.stringify(database)} } }\n`,
    'second.yaml',
  )
  const run = await moltnet(['start', second], { cwd: folder.path })
  expect(run.code).toBe(1)
  expect(lastMessage(run.stderr)).toContain(database)
  expect(run.stderr).not.toContain('    at ')
  expect(await server.client.ready()).toEqual({ status: 'ready' })
})

test('a database path that is a folder is exit 1 and names it', async () => {
  await using folder = await temporaryFolder()
  await mkdir(join(folder.path, 'taken.db'))
  const path = await configIn(
    folder.path,
    `server: { listen_addr: "127.0.0.1:0" }\nstorage: { kind: sqlite, sqlite: { path: taken.db } }\n`,
  )
  const run = await moltnet(['start', path], { cwd: folder.path })
  expect(run.code).toBe(1)
  expect(lastMessage(run.stderr)).toContain('taken.db')
})

test('a file that is no database is refused and left as it is', async () => {
  await using folder = await temporaryFolder()
  await writeFile(join(folder.path, 'notes.db'), 'these are my notes\n'.repeat(100))
  const path = await configIn(
    folder.path,
    `server: { listen_addr: "127.0.0.1:0" }\nstorage: { kind: sqlite, sqlite: { path: notes.db } }\n`,
  )
  const run = await moltnet(['start', path], { cwd: folder.path })
  expect(run.code).toBe(1)
  expect(lastMessage(run.stderr)).toContain('notes.db')
  expect(await Bun.file(join(folder.path, 'notes.db')).text()).toBe('these are my notes\n'.repeat(100))
})

test('bad YAML, unknown keys and readable secrets stop the start before anything is written', async () => {
  await using folder = await temporaryFolder()
  const cases: [string, string, RegExp][] = [
    ['yaml', 'network: [unclosed\n', /Moltnet:\d+:\d+/],
    ['key', 'netwerk: { id: a }\n', /Moltnet:1:1.*netwerk.*network/],
    ['later', 'storage: { kind: postgres, postgres: { dsn: "postgres://x" } }\n', /not available yet/],
    ['exposed', 'server: { listen_addr: "0.0.0.0:0" }\n', /allow_insecure/],
  ]
  for (const [name, text, message] of cases) {
    const cwd = join(folder.path, name)
    await mkdir(cwd)
    await configIn(cwd, text)
    const run = await moltnet(['start'], { cwd })
    expect([name, run.code]).toEqual([name, 1])
    expect(run.stderr).toMatch(message)
    expect(await readdir(cwd)).toEqual(['Moltnet'])
  }
  const secret = join(folder.path, 'secret')
  await mkdir(secret)
  const path = await configIn(
    secret,
    'auth: { mode: bearer, tokens: [{ id: a, value: hush-hush-hush, scopes: [observe] }] }\n',
  )
  await chmod(path, 0o640)
  const run = await moltnet(['start', path], { cwd: secret })
  expect(run.code).toBe(1)
  expect(run.stderr).toContain('chmod 600')
  expect(run.stderr).not.toContain('hush-hush-hush')
})

test('the node reports every problem of its networks at once and wakes nobody', async () => {
  await using folder = await temporaryFolder()
  await using server = await startTestServer({ folder: folder.path, rooms: '[]', extra: '' })
  const path = await configIn(
    folder.path,
    `moltnet: { base_url: "${server.url}", network_id: other-network }
attachments:
  - agent: { id: a }
    runtime: { kind: command, command: sh, args: [-c, "touch woken"], workspace_path: . }
    rooms: [{ id: general }]
`,
    'MoltnetNode',
  )
  const run = await moltnet(['node', 'start', path], { cwd: folder.path })
  expect(run.code).toBe(1)
  expect(run.stderr).toContain('other-network')
  expect(run.stderr).toContain('testnet')
  expect(await Bun.file(join(folder.path, 'woken')).exists()).toBe(false)
})

test.skipIf(!canMount())(
  'a disk that fills up refuses writes, keeps what it has, and goes on when there is room again',
  async () => {
    await using folder = await temporaryFolder()
    const disk = join(folder.path, 'disk')
    await mkdir(disk)
    expect(mount('-t', 'tmpfs', '-o', 'size=6m', 'tmpfs', disk)).toBe(true)
    try {
      await using server = await startTestServer({ folder: disk, rooms: '[{ id: hall }]' })
      const post = (text: string) =>
        fetch(`${server.url}/v1/messages`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({
            target: { kind: 'room', room_id: 'hall' },
            from: { type: 'human', id: 'maya' },
            parts: [{ kind: 'text', text }],
          }),
        })
      const accepted: string[] = []
      const refused = await until(async () => {
        const answer = await post('x'.repeat(200_000))
        if (answer.status !== 202) return answer
        accepted.push(((await answer.json()) as { message_id: string }).message_id)
        return undefined
      }, 'the disk is full')
      expect(refused.status).toBe(503)
      expect(await refused.json()).toMatchObject({
        code: 'service_unavailable',
        error: 'service unavailable',
      })
      expect(accepted.length).toBeGreaterThan(3)
      const page = await server.client.listRoomMessages('hall', { limit: 100 })
      expect(page.messages.map((message) => message.id as string)).toEqual(accepted)
      expect(mount('-o', 'remount,size=40m', disk)).toBe(true)
      await until(async () => (await post('there is room again')).status === 202, 'writes go on')
    } finally {
      unmount(disk)
    }
  },
  60_000,
)
