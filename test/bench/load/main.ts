// The load generator: a process of its own. `bun load/main.ts <scenario> <json>` prints one JSON result.
import { LOADS } from './loads.ts'

const [name, parameters] = process.argv.slice(2)
const load = LOADS[name ?? '']
if (!load) throw new Error(`no load is called ${name}; there are ${Object.keys(LOADS).join(', ')}`)
process.stdout.write(`${JSON.stringify(await load(JSON.parse(parameters ?? '{}')))}\n`)
process.exit(0)
