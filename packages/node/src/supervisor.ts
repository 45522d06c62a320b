import { getLogger } from '@logtape/logtape'
import type { AttachmentConfig } from '@moltnet/config'
import { messageOf } from './errors.ts'
import { RefusedError } from './attachment/loop.ts'
import { Backoff, pause } from './backoff.ts'
import { NODE_LIMITS } from './limits.ts'
import type { AttachmentState, AttachmentStatus } from './states.ts'

/** Tells what an attachment is doing. */
export type Report = (status: AttachmentStatus, load?: { turns: number; waiting: number }) => void

/** Runs an attachment until `stop` fires; throws when it cannot go on. */
export type RunAttachment = (config: AttachmentConfig, stop: AbortSignal, report: Report) => Promise<void>

const logger = getLogger(['moltnet', 'node', 'supervisor'])

/** Keeps each attachment running on its own: one that fails is started again, the others go on. */
export class Supervisor {
  readonly #run: RunAttachment
  readonly #random: (() => number) | undefined
  readonly #stop = new AbortController()
  readonly #states: AttachmentState[]
  readonly #configs: readonly AttachmentConfig[]
  #running: Promise<unknown> | undefined

  constructor(configs: readonly AttachmentConfig[], run: RunAttachment, random?: () => number) {
    this.#configs = configs
    this.#run = run
    this.#random = random
    this.#states = configs.map((config) => ({
      agentId: config.agent.id,
      networkId: config.moltnet.networkId,
      runtime: config.runtime.kind,
      status: { kind: 'starting' },
      turns: 0,
      waiting: 0,
    }))
  }

  /** What every attachment is doing, in the order of the configuration. */
  states(): AttachmentState[] {
    return this.#states.map((state) => ({ ...state }))
  }

  /** Shows the same for every attachment, before they are started. */
  reportAll(status: AttachmentStatus): void {
    for (const state of this.#states) state.status = status
  }

  start(): void {
    this.#running ??= Promise.all(
      this.#configs.map((config, index) => this.#supervise(config, this.#states[index] as AttachmentState)),
    )
  }

  /** Stops all attachments and waits until they have ended. */
  async stop(): Promise<void> {
    this.#stop.abort()
    await this.#running
  }

  async #supervise(config: AttachmentConfig, state: AttachmentState): Promise<void> {
    const stop = this.#stop.signal
    const backoff = new Backoff(NODE_LIMITS.restartFirstMs, NODE_LIMITS.restartMaxMs, this.#random)
    const report: Report = (status, load) => {
      if (status.kind === 'connected') backoff.reset()
      Object.assign(state, { status }, load)
    }
    while (!stop.aborted) {
      report({ kind: 'starting' }, { turns: 0, waiting: 0 })
      const failure = await this.#runOnce(config, report)
      if (stop.aborted) return
      report({ kind: 'failed', reason: failure.reason }, { turns: 0, waiting: 0 })
      if (failure.final) {
        logger.error('{agent} is stopped until the node is restarted: {reason}', {
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
      report({ kind: 'backing_off', until: Date.now() + wait, reason: failure.reason })
      await pause(wait, stop)
    }
  }

  async #runOnce(config: AttachmentConfig, report: Report): Promise<{ reason: string; final: boolean }> {
    try {
      await this.#run(config, this.#stop.signal, report)
      return { reason: 'the attachment ended', final: false }
    } catch (error) {
      // An operator removed the agent on purpose: attaching again would bring it back.
      const final = error instanceof RefusedError && error.code === 'agent_removed'
      return { reason: messageOf(error), final }
    }
  }
}
