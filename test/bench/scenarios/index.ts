import { accepted } from './accepted.ts'
import { auth } from './auth.ts'
import { connections } from './connections.ts'
import { fanout } from './fanout.ts'
import { history } from './history.ts'
import { latency } from './latency.ts'
import { memory } from './memory.ts'
import { startup } from './startup.ts'

/** Every scenario in the order of a full run. Each yields lines for people as it measures. */
export const SCENARIOS: Record<string, () => AsyncIterable<string>> = {
  accepted,
  fanout,
  latency,
  connections,
  history,
  startup,
  auth,
  memory,
}
