import type { Scenario } from '../scenario.ts'
import { accepted } from './accepted.ts'
import { auth } from './auth.ts'
import { connections } from './connections.ts'
import { durable, fanout } from './fanout.ts'
import { history } from './history.ts'
import { memory } from './memory.ts'
import { node } from './node.ts'
import { open } from './open.ts'
import { startup } from './startup.ts'
import { storm } from './storm.ts'

/** Every scenario in the order of a full run. */
export const SCENARIOS: Readonly<Record<string, Scenario>> = {
  accepted,
  open,
  fanout,
  durable,
  storm,
  connections,
  startup,
  history,
  auth,
  memory,
  node,
}
