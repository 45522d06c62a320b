/** A node in a process of its own: `bun node-process.ts <config> <state folder>`. */
import { loadNodeConfig } from '@moltnet/config/node'
import { runNode } from '../../src/index.ts'

const [path, stateDir] = process.argv.slice(2) as [string, string]
const load = async () => (await loadNodeConfig({ path, cwd: process.cwd(), env: process.env })).config
const source = { path, load }
const node = await runNode(await load(), { stateDir, source, killGraceMs: 200, stopGraceMs: 200 })
process.on('SIGTERM', () => void node.stop())
await node.wait()
process.exit(0)
