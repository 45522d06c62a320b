import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import type { NodeConfig } from '@moltnet/config'
import { loadNodeConfig } from '@moltnet/config/node'
import { runNode } from '../../src/index.ts'
import type { AttachmentState, NodeOverrides, RunningNode } from '../../src/index.ts'
import { FakeServer } from './fake-server.ts'
import type { FakeServerOptions } from './fake-server.ts'
import { installFakes, logged } from './runtime.ts'
import { installProgram, tempFolder, until } from './temp.ts'
import type { TempFolder } from './temp.ts'

/** A node's file as an object; one agent `alpha` in room `general` unless told otherwise. */
export interface NodeFile {
  moltnet?: Record<string, unknown>
  attachments?: Record<string, unknown>[]
}

/** A scripted server, a temporary folder with fake runtimes, and nodes that are stopped at the end. */
export class Harness implements AsyncDisposable {
  readonly folder: TempFolder = tempFolder()
  readonly server: FakeServer
  readonly env: Record<string, string | undefined>
  readonly #nodes: RunningNode[] = []

  constructor(options: FakeServerOptions = {}) {
    this.server = new FakeServer(options)
    this.env = {
      PATH: installFakes(this.folder),
      FAKE_LOG: this.folder.join('log'),
      HOME: this.folder.join('home'),
    }
    mkdirSync(this.folder.join('home'))
    mkdirSync(this.folder.join('work'))
  }

  /** Attachment of one agent whose program is a shell script in `<folder>/work`. */
  agent(body: string, more: Record<string, unknown> = {}) {
    const command = installProgram(this.folder.join('programs', `${crypto.randomUUID()}`), body)
    return {
      agent: { id: 'alpha' },
      runtime: { kind: 'command', command, workspace_path: this.folder.join('work') },
      rooms: [{ id: 'general' }],
      ...more,
    }
  }

  /** Attachment of a fake CLI in `<folder>/work`. */
  cli(kind: 'claude-code' | 'codex', more: Record<string, unknown> = {}) {
    return {
      agent: { id: 'alpha', name: 'Alpha' },
      runtime: { kind, workspace_path: this.folder.join('work') },
      rooms: [{ id: 'general' }],
      ...more,
    }
  }

  /** The text of a node's file. */
  text(file: NodeFile): string {
    const moltnet = { base_url: this.server.url, network_id: this.server.networkId, ...file.moltnet }
    return JSON.stringify({ version: 'moltnet.node.v1', moltnet, attachments: file.attachments ?? [] })
  }

  async config(file: NodeFile): Promise<NodeConfig> {
    return await this.#load(this.write(file))
  }

  /** Writes the node's file. */
  write(file: NodeFile): string {
    const path = this.folder.join('MoltnetNode')
    writeFileSync(path, this.text(file))
    chmodSync(path, 0o600)
    return path
  }

  /** Starts a node in this process, from a file that a test may write anew. */
  async start(file: NodeFile, overrides: NodeOverrides = {}): Promise<RunningNode> {
    const path = this.write(file)
    const node = await runNode(await this.#load(path), {
      stateDir: this.folder.join('state'),
      source: { path, load: () => this.#load(path) },
      env: this.env,
      killGraceMs: 200,
      stopGraceMs: 200,
      random: () => 0.5,
      ...overrides,
    })
    this.#nodes.push(node)
    return node
  }

  /** Starts a node with one attachment and waits until it is attached. */
  async attach(attachment: Record<string, unknown>, overrides: NodeOverrides = {}) {
    const before = this.server.sockets.filter((socket) => socket.identify).length
    const node = await this.start({ attachments: [attachment] }, overrides)
    return { node, socket: await this.server.attached(before + 1) }
  }

  /** Waits until `count` fake models think. */
  async thinking(count = 1): Promise<void> {
    await until(`${count} turns`, () => logged(this.folder, 'thinking').length >= count)
  }

  /** Stops the nodes of this process. */
  async stopNodes(): Promise<void> {
    await Promise.all(this.#nodes.splice(0).map((node) => node.stop()))
  }

  async #load(path: string): Promise<NodeConfig> {
    const options = { path, cwd: this.folder.path, env: this.env, features: 'all' as const }
    return (await loadNodeConfig(options)).config
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stopNodes()
    this.server[Symbol.dispose]()
    this.folder[Symbol.dispose]()
  }
}

/** Waits for the status of an attachment. */
export async function reaches(
  node: RunningNode,
  kind: AttachmentState['status']['kind'],
  index = 0,
): Promise<AttachmentState> {
  return await until(`status ${kind}`, () => {
    const state = node.states()[index]
    return state?.status.kind === kind && state
  })
}
