import { benchRoom } from './load/bodies.ts'

/** A server under load. */
export interface BenchServer extends AsyncDisposable {
  readonly hostname: string
  readonly port: number
  /** Id of its network. */
  readonly network: string
  /** Milliseconds from the start of the process until `/readyz` said ready; undefined for one that ran already. */
  readonly readyMs: number | undefined
  /** Resident memory; undefined where it cannot be known. */
  residentBytes(): Promise<number | undefined>
  /** Processor time up to now; undefined where it cannot be known. */
  cpuSeconds(): Promise<number | undefined>
}

/** What a scenario needs of a server. */
export interface ServerNeeds {
  /** Rooms to post to. */
  rooms?: number
  /** Agents that are members of every room: `agent-0` and so on. */
  members?: number
  /** The `auth` section of its file; none when left out. Only for a program that is started. */
  auth?: string
  /** Keeps the database of an earlier start. Only for a program that is started. */
  folder?: string
}

/** Where servers come from: a program that is started for each measurement, or one server that runs. */
export interface Subject {
  readonly name: string
  /** The program; undefined for a server that runs already. */
  readonly program: string | undefined
  start(needs?: ServerNeeds): Promise<BenchServer>
}

/** What a server spent and lost while something was done to it. */
export interface Spent {
  cpuSeconds: number | undefined
  /** How late its loop was, 99th percentile in milliseconds; undefined when it does not tell. */
  loopDelayP99Ms: number | undefined
  /** Events that it says it dropped, and subscribers that it cut. */
  lost: number
}

/** Does something to a server, and says what the server spent on it. */
export async function watched<T>(
  server: BenchServer,
  work: () => Promise<T>,
): Promise<{ result: T; spent: Spent }> {
  // Asking makes the server begin a new window of its loop delay.
  const before = await metricsOf(server)
  const cpuBefore = await server.cpuSeconds()
  const result = await work()
  const cpuAfter = await server.cpuSeconds()
  const after = await metricsOf(server)
  const lost = (name: string) => (after.get(name) ?? 0) - (before.get(name) ?? 0)
  const delay = after.get('moltnet_loop_delay_seconds{quantile="0.99"}')
  return {
    result,
    spent: {
      cpuSeconds: cpuBefore === undefined || cpuAfter === undefined ? undefined : cpuAfter - cpuBefore,
      loopDelayP99Ms: delay === undefined ? undefined : delay * 1000,
      lost: lost('moltnet_events_dropped_total') + lost('moltnet_stalled_total'),
    },
  }
}

/** The series of `/metrics`; none when the server has no such page. */
export async function metricsOf({ hostname, port }: BenchServer): Promise<Map<string, number>> {
  const answer = await fetch(`http://${hostname}:${port}/metrics`)
  const series = new Map<string, number>()
  for (const line of (answer.ok ? await answer.text() : '').split('\n')) {
    const at = line.lastIndexOf(' ')
    if (at > 0 && !line.startsWith('#')) series.set(line.slice(0, at), Number(line.slice(at + 1)))
  }
  return series
}

/** Most members that one request may name. */
const MEMBERS_PER_REQUEST = 256

/** Makes the rooms of the benchmark, with their members; rooms that are there are filled up. */
export async function furnish(server: BenchServer, { rooms = 1, members = 0 }: ServerNeeds): Promise<void> {
  const agents = Array.from({ length: members }, (_, i) => `agent-${i}`)
  for (let room = 0; room < rooms; room++) {
    const id = benchRoom(room)
    const made = await call(server, 'POST /v1/rooms', { id })
    if (!made.ok && made.status !== 409) throw new Error(`making room ${id}: ${await describe(made)}`)
    for (let first = 0; first < agents.length; first += MEMBERS_PER_REQUEST) {
      const add = agents.slice(first, first + MEMBERS_PER_REQUEST)
      const added = await call(server, `PATCH /v1/rooms/${id}/members`, { add })
      if (!added.ok) throw new Error(`adding members to ${id}: ${await describe(added)}`)
    }
  }
}

function call({ hostname, port }: BenchServer, route: string, body: unknown): Promise<Response> {
  const [method, path] = route.split(' ')
  return fetch(`http://${hostname}:${port}${path}`, {
    method,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
}

async function describe(answer: Response): Promise<string> {
  return `${answer.status} ${await answer.text()}`
}
