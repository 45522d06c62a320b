import { appendFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { until } from './condition.ts'
import { TEST_NETWORK, type TestServer, untilConnected } from './network.ts'
import { type Running, startProgram } from './program.ts'

const RECORDER = new URL('./recorder.ts', import.meta.url).pathname

/** One turn of an agent as its program saw it. */
export interface Turn {
  event: 'start' | 'end'
  ids: string[]
  target: string
}

/** A node with recording agents. */
export interface Fleet extends AsyncDisposable {
  node: Running
  /** Everything an agent's program was told, in order. */
  turns(agent: string): Turn[]
  /** Keeps an agent in its next turn until {@link release}. */
  hold(agent: string): void
  release(agent: string): void
  /** kill -9, then start again. */
  killNode(): Promise<void>
  /** Starts the node; resolves when its agents are connected, or it has ended. `env` are further variables. */
  startNode(env?: Record<string, string>): Promise<void>
}

/** Starts a node with one `command` agent per name, all in `room` with rule `mentions`. */
export async function startFleet(o: {
  server: TestServer
  folder: string
  agents: readonly string[]
  room: string
}): Promise<Fleet> {
  const log = (agent: string) => join(o.folder, `${agent}.log`)
  const held = (agent: string) => join(o.folder, `${agent}.hold`)
  const config = join(o.folder, 'MoltnetNode')
  const attachments = await Promise.all(
    o.agents.map(async (agent) => {
      appendFileSync(log(agent), '')
      const workspace = join(o.folder, 'agents', agent)
      await mkdir(workspace, { recursive: true })
      return `
  - agent: { id: ${agent} }
    rooms: [{ id: ${o.room}, wake: mentions }]
    runtime:
      kind: command
      command: ${process.execPath}
      args: ${JSON.stringify([RECORDER, log(agent), held(agent)])}
      workspace_path: ${workspace}`
    }),
  )
  await writeFile(
    config,
    `moltnet: { base_url: "${o.server.url}", network_id: ${TEST_NETWORK} }\nattachments:${attachments.join('')}\n`,
    { mode: 0o600 },
  )
  const fleet: Fleet = {
    node: undefined as unknown as Running,
    turns: (agent) =>
      readFileSync(log(agent), 'utf8')
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line) as Turn),
    hold: (agent) => writeFileSync(held(agent), ''),
    release: (agent) => rmSync(held(agent), { force: true }),
    async startNode(env = {}) {
      fleet.node = startProgram(['node', 'start', config], {
        cwd: o.folder,
        env: { MOLTNET_LOG: 'json', HOME: o.folder, ...env },
      })
      await Promise.race([untilConnected(o.server.client, ...o.agents), fleet.node.exited])
    },
    async killNode() {
      fleet.node.kill('SIGKILL')
      await fleet.node.exited
    },
    [Symbol.asyncDispose]: () => fleet.node[Symbol.asyncDispose](),
  }
  await fleet.startNode()
  return fleet
}

/** Ids of all turns that ended, in order. */
export function endedIds(turns: readonly Turn[]): string[] {
  return turns.filter((turn) => turn.event === 'end').flatMap((turn) => turn.ids)
}

/** Waits until an agent's program has ended a turn for each of these messages. */
export function untilEnded(fleet: Fleet, agent: string, ids: readonly string[]): Promise<true> {
  return until(
    () => ids.every((id) => endedIds(fleet.turns(agent)).includes(id)) || undefined,
    () =>
      `${agent} has handled ${ids.length} messages; it handled ${JSON.stringify(fleet.turns(agent))}\nnode log:\n${fleet.node.log().slice(-4_000)}`,
  )
}
