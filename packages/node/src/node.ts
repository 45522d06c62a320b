import { join } from 'node:path'
import { getLogger } from '@logtape/logtape'
import { createHttpClient } from '@moltnet/client'
import type { AttachmentConfig, NodeConfig } from '@moltnet/config'
import { messageOf } from './errors.ts'
import { runAttachment } from './attachment/attachment.ts'
import { openCredential } from './attachment/credential.ts'
import type { Credential } from './attachment/credential.ts'
import { SessionStore } from './attachment/session-store.ts'
import { NODE_LIMITS } from './limits.ts'
import { preflight, PreflightError } from './preflight.ts'
import type { NetworkCheck } from './preflight.ts'
import { writeProgramFolder } from './process/program-folder.ts'
import { replaceFile } from './state/files.ts'
import { StateFolder } from './state/folder.ts'
import type { AttachmentState } from './states.ts'
import { Supervisor } from './supervisor.ts'
import type { Report } from './supervisor.ts'

/** What the caller settles besides the configuration. */
export interface NodeOverrides {
  /**
   * Folder of the node's private files: running turns, finished messages. Default `.moltnet/node` in the
   * working directory; a command uses the folder of the configuration file, so that a node started from
   * elsewhere finds it again.
   */
  stateDir?: string
  /** The node's environment: token variables are read from it, agents inherit it. Default `process.env`. */
  env?: Readonly<Record<string, string | undefined>>
  /** Program and first arguments of the running `moltnet`, which agents then find first in PATH. */
  moltnetCommand?: readonly string[]
  /** Stops the node, also while it still waits for a server. */
  signal?: AbortSignal
  /** Running turns may finish this long after `stop`, in milliseconds. Default 5,000. */
  stopGraceMs?: number
  /** From TERM to KILL of a program, in milliseconds. Default 2,000. */
  killGraceMs?: number
  /** In [0, 1); spreads retries. Default `Math.random`. */
  random?: () => number
}

/** A node that runs. */
export interface RunningNode {
  /** What every attachment is doing, in the order of the configuration. */
  states(): AttachmentState[]
  /**
   * Resolves when the node has stopped. Rejects with a {@link PreflightError} when a server that could not
   * be reached at the start turns out to be the wrong one.
   */
  wait(): Promise<void>
  /** Lets running turns finish for the grace, ends them, detaches. May be called again. */
  stop(): Promise<void>
}

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
  readonly #config: NodeConfig
  readonly #overrides: NodeOverrides
  readonly #env: Readonly<Record<string, string | undefined>>
  readonly #state: StateFolder
  readonly #stores = new Map<string, SessionStore>()
  readonly #credentials = new Map<AttachmentConfig, Credential>()
  readonly #supervisor: Supervisor
  readonly #stopping = new AbortController()
  readonly #done = Promise.withResolvers<void>()

  constructor(config: NodeConfig, overrides: NodeOverrides) {
    this.#config = config
    this.#overrides = overrides
    this.#env = overrides.env ?? process.env
    this.#state = new StateFolder(overrides.stateDir ?? join(process.cwd(), '.moltnet', 'node'))
    this.#supervisor = new Supervisor(
      config.attachments,
      (attachment, stop, report) => this.#runAttachment(attachment, stop, report),
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
    try {
      await this.#preflight(onStarted)
      if (this.#stopping.signal.aborted) return
      this.#prepare()
      this.#supervisor.start()
      onStarted()
      await new Promise((resolve) => this.#stopping.signal.addEventListener('abort', resolve, { once: true }))
      await this.#supervisor.stop()
    } finally {
      clearInterval(keepAlive)
      signal?.removeEventListener('abort', stop)
    }
  }

  /** Checks everything that can be known before the first wake. Waits for servers that are away. */
  async #preflight(onStarted: () => void): Promise<void> {
    const credentialFaults = await this.#openCredentials()
    await preflight({
      faults: credentialFaults,
      checks: this.#networkChecks(),
      signal: this.#stopping.signal,
      random: this.#overrides.random,
      onWaiting: (reason, until) => {
        this.#supervisor.reportAll({ kind: 'backing_off', until, reason })
        onStarted()
      },
    })
  }

  async #openCredentials(): Promise<string[]> {
    const faults = new Set<string>()
    for (const attachment of this.#config.attachments) {
      try {
        this.#credentials.set(attachment, await openCredential(attachment, this.#env))
      } catch (error) {
        faults.add(messageOf(error))
      }
    }
    return [...faults]
  }

  /** One check per server and token. */
  #networkChecks(): NetworkCheck[] {
    const groups = new Map<string, NetworkCheck & { attachments: AttachmentConfig[] }>()
    for (const [attachment, credential] of this.#credentials) {
      const { baseUrl } = attachment.moltnet
      const key = JSON.stringify([baseUrl, credential.token() ?? null])
      const group = groups.get(key)
      if (group !== undefined) group.attachments.push(attachment)
      else {
        const client = createHttpClient({ baseUrl, token: credential.token })
        groups.set(key, { client, baseUrl, attachments: [attachment] })
      }
    }
    return [...groups.values()]
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

  async #runAttachment(config: AttachmentConfig, stop: AbortSignal, report: Report): Promise<void> {
    const credential = await openCredential(config, this.#env, this.#credentials.get(config))
    this.#credentials.set(config, credential)
    const { moltnetCommand, stopGraceMs, killGraceMs, random } = this.#overrides
    const { networkId } = config.moltnet
    await runAttachment(
      {
        config,
        credential,
        files: this.#state.attachment(networkId, config.agent.id),
        env: this.#env,
        secretNames: this.#config.tokenEnvNames,
        programFolder: moltnetCommand && this.#state.programs,
        sessions: (path) => this.#sessionStore(path),
        stopGraceMs: stopGraceMs ?? NODE_LIMITS.stopGraceMs,
        killGraceMs,
        random,
      },
      stop,
      report,
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
