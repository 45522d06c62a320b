import { chmod, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Running, startProgram } from '../../support/program.ts'
import { TEST_NETWORK, type TestServer, startTestServer, untilConnected } from '../../support/network.ts'
import { type FakeModel, startFakeModel } from './fake-model.ts'
import { temporaryFolder } from '../../support/folder.ts'

/** A server, a node with one real agent program in it, and the model it talks to. */
export interface Scene extends AsyncDisposable {
  server: TestServer
  node: Running
  model: FakeModel
  folder: string
  home: string
  restartNode(signal: NodeJS.Signals): Promise<void>
}

/** Lines of YAML for the runtime, given the places of the scene. */
export type RuntimeYaml = (o: {
  home: string
  workspace: string
  modelUrl: string
}) => Promise<string> | string

/** Sets the scene: room `lab`, agent `worker` with rule `mentions`. */
export async function setScene(runtime: RuntimeYaml): Promise<Scene> {
  const stack = new AsyncDisposableStack()
  const folder = stack.use(await temporaryFolder()).path
  const home = join(folder, 'home')
  const workspace = join(folder, 'workspace')
  await mkdir(home, { recursive: true })
  await mkdir(workspace, { recursive: true })
  const model = stack.use(startFakeModel())
  const server = stack.use(await startTestServer({ folder, rooms: '[{ id: lab, members: [worker] }]' }))
  const config = join(folder, 'MoltnetNode')
  await writeFile(
    config,
    `moltnet: { base_url: "${server.url}", network_id: ${TEST_NETWORK} }
attachments:
  - agent: { id: worker, name: Worker }
    rooms: [{ id: lab, wake: mentions }]
    turn_timeout: 90s
    runtime:
${indent(await runtime({ home, workspace, modelUrl: model.url }))}
`,
  )
  await chmod(config, 0o600)
  const start = () =>
    startProgram(['node', 'start', config], {
      cwd: folder,
      env: { HOME: home, MOLTNET_LOG: 'json', MOLTNET_LOG_LEVEL: 'debug' },
    })
  const scene: Scene = {
    server,
    model,
    folder,
    home,
    node: start(),
    async restartNode(signal) {
      scene.node.kill(signal)
      await scene.node.exited
      scene.node = start()
      await untilConnected(server.client, 'worker')
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  }
  stack.defer(() => scene.node[Symbol.asyncDispose]())
  await untilConnected(server.client, 'worker')
  return scene
}

function indent(yaml: string): string {
  return yaml
    .trim()
    .split('\n')
    .map((line) => `      ${line}`)
    .join('\n')
}
