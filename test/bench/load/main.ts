// The load generator: a process of its own. `bun load/main.ts <load> <json>` prints its result as JSON.
import { ceiling, durable, fanout } from './fanout.ts'
import { fleet } from './fleet.ts'
import { DEFAULTS, type LoadParameters } from './parameters.ts'
import { echo, openEcho, openPosts, posts, timedPosts } from './posts.ts'
import { pages, tokens } from './requests.ts'

const LOADS: Record<string, (p: LoadParameters) => Promise<unknown>> = {
  posts,
  echo,
  openPosts,
  openEcho,
  timedPosts,
  fanout,
  durable,
  ceiling,
  fleet,
  pages,
  tokens,
}

const [name, parameters] = process.argv.slice(2)
const load = LOADS[name ?? '']
if (!load) throw new Error(`no load is called ${name}; there are ${Object.keys(LOADS).join(', ')}`)
const result = await load({ ...DEFAULTS, ...(JSON.parse(parameters ?? '{}') as Partial<LoadParameters>) })
if (result !== undefined) process.stdout.write(`${JSON.stringify(result)}\n`)
process.exit(0)
