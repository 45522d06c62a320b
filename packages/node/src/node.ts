import { join } from 'node:path'
import { getLogger } from '@logtape/logtape'
import type { AttachmentConfig, NodeConfig } from '@moltnet/config'
import { messageOf } from './errors.ts'
import { runAttachment } from './attachment/attachment.ts'
import { openCredential } from './attachment/credential.ts'
import type { Credential } from './attachment/credential.ts'
import { SessionStore } from './attachment/session-store.ts'
import { networkChecks, openCredentials } from './connections.ts'
import { listenForOperator } from './control/listener.ts'
import type { ControlListener } from './control/listener.ts'
import { nodeReport } from './control/report.ts'
import type { ControlAnswer, ControlRequest, NodeReport } from './control/wire.ts'
import { Gate } from './gate.ts'
import { NODE_LIMITS } from './limits.ts'
import { preflight, PreflightError } from './preflight.ts'
import { writeProgramFolder } from './process/program-folder.ts'
import { logReload, prepareReload } from './reload.ts'
import type { ReloadResult } from './reload.ts'
import { replaceFile } from './state/files.ts'
import { StateFolder } from './state/folder.ts'
import type { NodeOverrides, RunningNode } from './options.ts'
import type { AttachmentState } from './states.ts'
import { attachmentKey, Supervisor } from './supervisor.ts'
import type { AttachmentPort } from './supervisor.ts'

const logger = getLogger(['moltnet', 'node'])

/**
 * Starts a node: checks every network once, then keeps all attachments running. Resolves after the first
 * look at each network. Throws a {@link PreflightError} with all problems, and then nothing was woken; a
 * server that cannot be reached, or answers 5xx, is no problem but waited for. With no attachments it idles.
 */
export async function runNode(config: NodeConfig, overrides: NodeOverrides = {}): Promise<RunningNode> {
  const node = new Node(config, overrides)
  await node.started
  return node
}

/** Runs the one attachment of a bridge configuration, by the same rules. */
export async function runBridge(config: NodeConfig, overrides: NodeOverrides = {}): Promise<RunningNode> {
  if (config.attachments.length !== 1) throw new RangeError('a bridge has exactly one attachment')
  return await runNode(config, overrides)
}

class Node implements RunningNode {
  /** The first look at every network is done. */
  readonly started: Promise<void>
  readonly #overrides: NodeOverrides
  readonly #env: Readonly<Record<string, string | undefined>>
  readonly #state: StateFolder
  readonly #stores = new Map<string, SessionStore>()
  readonly #supervisor: Supervisor
  readonly #gate = new Gate(NODE_LIMITS.looksAtOnce)
  readonly #startedAt = Date.now()
  readonly #stopping = new AbortController()
  readonly #done = Promise.withResolvers<void>()
  #config: NodeConfig
  #credentials: ReadonlyMap<string, Credential> = new Map()
  /** Fires when the checks before the first wake have to begin anew. */
  #changed = new AbortController()
  #reloading: Promise<unknown> = Promise.resolve()

  constructor(config: NodeConfig, overrides: NodeOverrides) {
    this.#config = config
    this.#overrides = overrides
    this.#env = overrides.env ?? process.env
    this.#state = new StateFolder(overrides.stateDir ?? join(process.cwd(), '.moltnet', 'node'))
    this.#supervisor = new Supervisor(
      config.attachments,
      (attachment, stop, port) => this.#runAttachment(attachment, stop, port),
      overrides.random,
    )
    const started = Promise.withResolvers<void>()
    this.started = started.promise
    void this.#run(started.resolve).then(
      () => {
        started.resolve()
        this.#done.resolve()
      },
      (error: unknown) => {
        started.reject(error)
        this.#done.reject(error)
      },
    )
    // Whoever waits sees the error; nobody has to wait.
    this.#done.promise.catch(() => {})
  }

  states(): AttachmentState[] {
    return this.#supervisor.states()
  }

  async report(): Promise<NodeReport> {
    return await nodeReport({
      supervisor: this.#supervisor,
      checks: networkChecks(this.#config.attachments, this.#credentials),
      facts: {
        pid: process.pid,
        version: this.#overrides.version,
        startedAt: this.#startedAt,
        configPath: this.#overrides.source?.path,
        stateDir: this.#state.path,
      },
    })
  }

  async reload(): Promise<ReloadResult> {
    const result = this.#reloading.then(() => this.#reload())
    this.#reloading = result
    return await result
  }

  wait(): Promise<void> {
    return this.#done.promise
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
    await this.#done.promise.catch(() => {})
  }

  async #run(onStarted: () => void): Promise<void> {
    const { signal } = this.#overrides
    const stop = () => this.#stopping.abort()
    if (signal?.aborted) stop()
    signal?.addEventListener('abort', stop, { once: true })
    // A node without attachments has nothing else that keeps the process alive.
    const keepAlive = setInterval(() => {}, 1 << 30)
    let control: ControlListener | undefined
    try {
      const { credentials, faults } = await openCredentials(this.#config.attachments, {
        env: this.#env,
        earlier: this.#credentials,
      })
      this.#credentials = credentials
      if (faults.length === 0) control = await this.#listen()
      await this.#preflight(faults, onStarted)
      if (this.#stopping.signal.aborted) return
      this.#prepare()
      this.#supervisor.start()
      onStarted()
      await new Promise((resolve) => this.#stopping.signal.addEventListener('abort', resolve, { once: true }))
    } finally {
      await this.#reloading
      await this.#supervisor.stop()
      await control?.[Symbol.asyncDispose]()
      clearInterval(keepAlive)
      signal?.removeEventListener('abort', stop)
    }
  }

  /** Checks everything that can be known before the first wake. Waits for servers that are away. */
  async #preflight(faults: readonly string[], onStarted: () => void): Promise<void> {
    const stopping = this.#stopping.signal
    for (;;) {
      this.#changed = new AbortController()
      const changed = this.#changed.signal
      await preflight({
        faults,
        checks: networkChecks(this.#config.attachments, this.#credentials),
        signal: AbortSignal.any([stopping, changed]),
        random: this.#overrides.random,
        onWaiting: (reason, until) => {
          this.#supervisor.reportAll({ kind: 'backing_off', until, reason })
          onStarted()
        },
      })
      if (stopping.aborted || !changed.aborted) return
    }
  }

  async #reload(): Promise<ReloadResult> {
    const result = await this.#tryReload()
    logReload(result)
    return result
  }

  async #tryReload(): Promise<ReloadResult> {
    const { source } = this.#overrides
    if (source === undefined) {
      return { type: 'refused', faults: ['this node was started without a configuration file'] }
    }
    const next = await prepareReload({
      source,
      before: { attachments: this.#config.attachments, credentials: this.#credentials },
      env: this.#env,
      stateOf: (key) => this.#supervisor.stateOf(key),
      stopping: this.#stopping.signal,
    })
    if (next.type === 'refused') return next
    this.#config = next.config
    this.#credentials = next.credentials
    this.#changed.abort()
    await this.#supervisor.replace(next.config.attachments, next.plan.kept)
    return next.plan.result
  }

  /** Opens the node's own socket. A node without one works as well, so it is no reason not to start. */
  async #listen(): Promise<ControlListener | undefined> {
    const { source } = this.#overrides
    if (source === undefined) return undefined
    try {
      const place = { stateDir: this.#state.path, configPath: source.path }
      return await listenForOperator(place, (request) => this.#answer(request))
    } catch (error) {
      logger.warn('moltnet node status and reload cannot reach this node: {error}', { error })
      return undefined
    }
  }

  async #answer({ op }: ControlRequest): Promise<ControlAnswer> {
    if (op === 'status') return { op, report: await this.report() }
    return { op, result: await this.reload() }
  }

  #prepare(): void {
    const { moltnetCommand } = this.#overrides
    try {
      replaceFile(join(this.#state.path, '.gitignore'), '*\n')
      if (moltnetCommand !== undefined) writeProgramFolder(this.#state.programs, moltnetCommand)
    } catch (error) {
      throw new PreflightError([
        `the state folder ${this.#state.path} cannot be written: ${messageOf(error)}`,
      ])
    }
    if (this.#config.attachments.length === 0) logger.info('no attachments are configured: nothing to do')
  }

  async #runAttachment(config: AttachmentConfig, stop: AbortSignal, port: AttachmentPort): Promise<void> {
    const key = attachmentKey(config)
    const credential = await openCredential(config, this.#env, this.#credentials.get(key))
    this.#credentials = new Map(this.#credentials).set(key, credential)
    const { moltnetCommand, stopGraceMs, killGraceMs, random } = this.#overrides
    const { networkId } = config.moltnet
    await runAttachment(
      {
        config,
        credential,
        files: this.#state.attachment(networkId, config.agent.id),
        env: this.#env,
        secretNames: () => this.#config.tokenEnvNames,
        gate: this.#gate,
        programFolder: moltnetCommand && this.#state.programs,
        sessions: (path) => this.#sessionStore(path),
        stopGraceMs: stopGraceMs ?? NODE_LIMITS.stopGraceMs,
        killGraceMs,
        random,
      },
      stop,
      port,
    )
  }

  /** Attachments with the same store must not each write their own idea of it. */
  #sessionStore(path: string): SessionStore {
    let store = this.#stores.get(path)
    if (store === undefined) {
      store = SessionStore.open(path)
      this.#stores.set(path, store)
    }
    return store
  }
}
