/**
 * A server as a process of its own, for tests that kill it: `<folder> <config as JSON>`. Prints its URL, and
 * `failed` when its store has failed.
 */
import { startServer } from './start-server.ts'

const [folder = '', config = '{}'] = process.argv.slice(2)
const server = await startServer({ folder, config: JSON.parse(config) as Record<string, unknown> })
process.stdout.write(`${server.url}\n`)
void server.server.failed.then(() => process.stdout.write('failed\n'))
