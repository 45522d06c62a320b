// A server in a process of its own. Prints its port, and `failed` when its store failed; SIGTERM stops it.
// bun server-process.ts <folder>
import { join } from 'node:path'
import { parseServerConfig } from '@moltnet/config/server'
import { createServer } from '../../src/server.ts'

const [folder = '.'] = process.argv.slice(2)
const text = JSON.stringify({
  server: { listen_addr: '127.0.0.1:0' },
  storage: { kind: 'sqlite', sqlite: { path: join(folder, 'moltnet.db') } },
  rooms: [{ id: 'general', members: ['alpha'] }],
})
const server = await createServer((await parseServerConfig(text)).config)
process.stdout.write(`${server.port}\n`)
void server.failed.then(() => process.stdout.write('failed\n'))
process.on('SIGTERM', () => void server.stop().then(() => process.exit(0)))
