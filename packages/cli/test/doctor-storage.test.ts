import { expect, test } from 'bun:test'
import { chmodSync } from 'node:fs'
import { Database } from 'bun:sqlite'
import { join } from 'node:path'
import { parseServerConfig } from '@moltnet/config/server'
import { createServer } from '@moltnet/server'
import { createHttpClient } from '@moltnet/client'
import { temporaryFolder } from '../../../test/support/folder.ts'
import { say } from '../../../test/support/network.ts'
import { storageFindings } from '../src/doctor/storage.ts'

test('a message from the future, open rights and a schema of later are seen in a database', async () => {
  await using folder = await temporaryFolder()
  const path = join(folder.path, 'moltnet.db')
  const text = `network: { id: local }
server: { listen_addr: "127.0.0.1:0" }
storage: { kind: sqlite, sqlite: { path: ${JSON.stringify(path)} } }
rooms: [{ id: hall }]
`
  const { config } = await parseServerConfig(text)
  const server = await createServer(config, {})
  await say(createHttpClient({ baseUrl: server.url }), 'hall', 'hello')
  await server.stop()
  const bad = (now: number) =>
    storageFindings(config, now)
      .filter(({ severity }) => severity !== 'ok')
      .map(({ area, severity, message, fix }) => `${area} ${severity}: ${message}: ${fix}`)
  expect(bad(Date.now())).toEqual([])
  expect(bad(Date.parse('2001-01-01'))).toEqual([
    expect.stringMatching(/^clock warning: its newest message .* in the future: .*: set the clock by NTP/),
  ])
  chmodSync(path, 0o644)
  expect(bad(Date.now())).toEqual([`secrets warning: other users may read all messages: chmod 600 ${path}`])
  chmodSync(path, 0o600)
  const db = new Database(path)
  db.run("INSERT INTO schema_migrations (version, name, applied_at) VALUES (9999, 'later', '')")
  db.run('PRAGMA wal_checkpoint(TRUNCATE)')
  db.close()
  const seen = bad(Date.now()).join('\n')
  expect(seen).toMatch(/newer Moltnet \(schema 9999|not checked for damage/)
})
