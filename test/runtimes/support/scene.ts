import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Running, startProgram } from '../../support/program.ts'
import { TEST_NETWORK, type TestServer, startTestServer, untilConnected } from '../../support/network.ts'
import { type Cues, type FakeModel, startFakeModel } from './fake-model.ts'
import { temporaryFolder } from '../../support/folder.ts'

/** A server, a node with real agent programs in it, and the model they talk to. */
export interface Scene extends AsyncDisposable {
  server: TestServer
  node: Running
  model: FakeModel
  restartNode(signal: NodeJS.Signals): Promise<void>
}

/** Lines of YAML for the runtime, given the places of the scene. */
export type RuntimeYaml = (o: {
  home: string
  workspace: string
  modelUrl: string
}) => Promise<string> | string

/**
 * Sets the scene: room `lab` with these agents, each woken by mentions, all in one node. Guards are at their
 * defaults. `cues` are those of {@link startFakeModel}.
 */
export async function setScene(agents: Record<string, RuntimeYaml>, cues: Cues = {}): Promise<Scene> {
  const stack = new AsyncDisposableStack()
  const folder = stack.use(await temporaryFolder()).path
  const model = stack.use(startFakeModel(cues))
  const ids = Object.keys(agents)
  const rooms = `[{ id: lab, members: [${ids.join(', ')}] }]`
  const server = stack.use(await startTestServer({ folder, rooms, guards: '{}' }))
  const attachments: string[] = []
  for (const [id, runtime] of Object.entries(agents)) {
    const home = join(folder, id, 'home')
    const workspace = join(folder, id, 'workspace')
    await mkdir(home, { recursive: true })
    await mkdir(workspace, { recursive: true })
    attachments.push(attachmentOf(id, await runtime({ home, workspace, modelUrl: model.url })))
  }
  const config = join(folder, 'MoltnetNode')
  await writeFile(
    config,
    `moltnet: { base_url: "${server.url}", network_id: ${TEST_NETWORK} }\nattachments:\n${attachments.join('')}`,
    { mode: 0o600 },
  )
  const start = () =>
    startProgram(['node', 'start', config], {
      cwd: folder,
      env: { HOME: folder, MOLTNET_LOG: 'json', MOLTNET_LOG_LEVEL: 'debug' },
    })
  const scene: Scene = {
    server,
    model,
    node: start(),
    async restartNode(signal) {
      scene.node.kill(signal)
      await scene.node.exited
      scene.node = start()
      await untilConnected(server.client, ...ids)
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  }
  stack.defer(() => scene.node[Symbol.asyncDispose]())
  await untilConnected(server.client, ...ids)
  return scene
}

function attachmentOf(id: string, runtime: string): string {
  return `  - agent: { id: ${id} }
    rooms: [{ id: lab, wake: mentions }]
    turn_timeout: 90s
    runtime:
${indent(runtime)}
`
}

function indent(yaml: string): string {
  return yaml
    .trim()
    .split('\n')
    .map((line) => `      ${line}`)
    .join('\n')
}
