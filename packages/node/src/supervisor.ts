import { getLogger } from '@logtape/logtape'
import type { AttachmentConfig } from '@moltnet/config'
import { messageOf } from './errors.ts'
import { RefusedError } from './attachment/loop.ts'
import type { RuntimeWatch } from './attachment/runtime-watch.ts'
import { Backoff, pause } from './backoff.ts'
import { NODE_LIMITS } from './limits.ts'
import type { AttachmentChange, AttachmentState, AttachmentStatus, Report } from './states.ts'

/** Between an attachment that runs and its supervisor. */
export interface AttachmentPort {
  report: Report
  /** Looks at the runtime; undefined while there is no adapter. */
  watch: RuntimeWatch | undefined
}

/** Runs an attachment until `stop` fires; throws when it cannot go on. */
export type RunAttachment = (
  config: AttachmentConfig,
  stop: AbortSignal,
  port: AttachmentPort,
) => Promise<void>

const logger = getLogger(['moltnet', 'node', 'supervisor'])

/** Names an attachment among those of a node. */
export function attachmentKey({ agent, moltnet }: AttachmentConfig): string {
  return JSON.stringify([moltnet.networkId, agent.id])
}

interface Entry {
  config: AttachmentConfig
  state: AttachmentState
  port: AttachmentPort
  stop: AbortController
  running: Promise<void> | undefined
}

/** Keeps each attachment running on its own: one that fails is started again, the others go on. */
export class Supervisor {
  readonly #run: RunAttachment
  readonly #random: (() => number) | undefined
  /** By {@link attachmentKey}, in the order of the configuration. */
  #entries = new Map<string, Entry>()
  #started = false

  constructor(configs: readonly AttachmentConfig[], run: RunAttachment, random?: () => number) {
    this.#run = run
    this.#random = random
    for (const config of configs) this.#entries.set(attachmentKey(config), entryOf(config))
  }

  /** What every attachment is doing, in the order of the configuration. */
  states(): AttachmentState[] {
    return [...this.#entries.values()].map(({ state }) => ({ ...state }))
  }

  /** What one attachment is doing. */
  stateOf(key: string): AttachmentState | undefined {
    return this.#entries.get(key)?.state
  }

  /** Shows the same for every attachment, before they are started. */
  reportAll(status: AttachmentStatus): void {
    for (const { state } of this.#entries.values()) change(state, { status })
  }

  /** Looks at every runtime. Never throws. */
  async lookAtRuntimes(): Promise<void> {
    const watches = [...this.#entries.values()].flatMap(({ port }) => port.watch ?? [])
    await Promise.all(watches.map((watch) => watch.look()))
  }

  start(): void {
    this.#started = true
    for (const entry of this.#entries.values()) entry.running ??= this.#supervise(entry)
  }

  /**
   * Goes over to another configuration. Attachments whose key is in `kept` go on as they are; all others are
   * stopped, their turns finishing within the grace, and those of `configs` are started. Resolves then.
   */
  async replace(configs: readonly AttachmentConfig[], kept: ReadonlySet<string>): Promise<void> {
    const ending = [...this.#entries].filter(([key]) => !kept.has(key)).map(([, entry]) => entry)
    await Promise.all(ending.map((entry) => stopEntry(entry)))
    const entries = new Map<string, Entry>()
    for (const config of configs) {
      const key = attachmentKey(config)
      entries.set(key, (kept.has(key) && this.#entries.get(key)) || entryOf(config))
    }
    this.#entries = entries
    if (this.#started) this.start()
  }

  /** Stops all attachments and waits until they have ended. */
  async stop(): Promise<void> {
    this.#started = false
    await Promise.all([...this.#entries.values()].map((entry) => stopEntry(entry)))
  }

  async #supervise(entry: Entry): Promise<void> {
    const { config, port } = entry
    const stop = entry.stop.signal
    const backoff = new Backoff(NODE_LIMITS.restartFirstMs, NODE_LIMITS.restartMaxMs, this.#random)
    port.report = (news) => {
      if (news.status?.kind === 'connected') backoff.reset()
      change(entry.state, news)
    }
    while (!stop.aborted) {
      port.report({ status: { kind: 'starting' }, turns: 0, waiting: 0 })
      const failure = await this.#runOnce(entry)
      if (stop.aborted) return
      port.report({ status: { kind: 'failed', reason: failure.reason }, turns: 0, waiting: 0 })
      if (failure.final) {
        logger.error('{agent} is stopped until the node is restarted or reloads: {reason}', {
          agent: config.agent.id,
          reason: failure.reason,
        })
        return
      }
      const wait = backoff.next()
      logger.error('{agent} failed: {reason}; it is started again in {retry_ms} ms', {
        agent: config.agent.id,
        reason: failure.reason,
        retry_ms: wait,
      })
      port.report({ status: { kind: 'backing_off', until: Date.now() + wait, reason: failure.reason } })
      await pause(wait, stop)
    }
  }

  async #runOnce({ config, port, stop }: Entry): Promise<{ reason: string; final: boolean }> {
    try {
      await this.#run(config, stop.signal, port)
      return { reason: 'the attachment ended', final: false }
    } catch (error) {
      // An operator removed the agent on purpose: attaching again would bring it back.
      const final = error instanceof RefusedError && error.code === 'agent_removed'
      return { reason: messageOf(error), final }
    }
  }
}

function entryOf(config: AttachmentConfig): Entry {
  const state: AttachmentState = {
    agentId: config.agent.id,
    networkId: config.moltnet.networkId,
    runtime: config.runtime.kind,
    status: { kind: 'starting' },
    since: Date.now(),
    turns: 0,
    waiting: 0,
  }
  const port = { report: () => {}, watch: undefined }
  return { config, state, port, stop: new AbortController(), running: undefined }
}

async function stopEntry({ stop, running }: Entry): Promise<void> {
  stop.abort()
  await running
}

function change(state: AttachmentState, news: AttachmentChange): void {
  const before = state.status.kind
  Object.assign(state, news)
  if (state.status.kind === before) return
  state.since = Date.now()
  logger.debug('{agent} is {state}', { agent: state.agentId, state: state.status.kind, was: before })
}
