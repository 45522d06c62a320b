import type { Logger } from '@logtape/logtape'
import type { Adapter } from '../adapters/adapter.ts'
import { faultText } from '../adapters/health.ts'
import type { RuntimeHealth } from '../adapters/health.ts'
import type { Gate } from '../gate.ts'
import { NODE_LIMITS } from '../limits.ts'
import type { Report } from '../states.ts'

/** What looking at a runtime needs. */
export interface RuntimeWatchOptions {
  adapter: Pick<Adapter, 'diagnose'>
  /** Shared by all attachments of the node: programs are not all asked for their version at once. */
  gate: Gate
  logger: Logger
  report: Report
}

/** Looks at the runtime of one attachment when it is asked to, and tells what it found. */
export class RuntimeWatch {
  readonly #options: RuntimeWatchOptions
  readonly #stop = new AbortController()
  #looking: Promise<void> | undefined
  #lookedAt = Number.NEGATIVE_INFINITY
  #said = ''

  constructor(options: RuntimeWatchOptions) {
    this.#options = options
  }

  /** Looks at the runtime, unless that is being done already or was done a moment ago. Never throws. */
  look(): Promise<void> {
    if (performance.now() - this.#lookedAt < NODE_LIMITS.lookAgainMs) return Promise.resolve()
    this.#looking ??= this.#options.gate
      .run(() => this.#look())
      .finally(() => {
        this.#looking = undefined
      })
    return this.#looking
  }

  /** Looks at it soon, because a wake has shown that something is wrong. */
  suspect(): void {
    this.#lookedAt = Number.NEGATIVE_INFINITY
    void this.look()
  }

  /** Ends a look that is under way. Nothing is looked at afterwards. */
  async stop(): Promise<void> {
    this.#stop.abort()
    await this.#looking
  }

  async #look(): Promise<void> {
    const { signal } = this.#stop
    if (signal.aborted) return
    const { adapter, report } = this.#options
    const stopped = Promise.withResolvers<undefined>()
    const onStop = () => stopped.resolve(undefined)
    signal.addEventListener('abort', onStop, { once: true })
    // A look that does not end by itself must not hold up the end of the node.
    const health = await Promise.race([adapter.diagnose({ signal, thorough: false }), stopped.promise])
    signal.removeEventListener('abort', onStop)
    if (health === undefined || signal.aborted) return
    this.#lookedAt = performance.now()
    report({ health: { ...health, at: Date.now() } })
    this.#say(health)
  }

  #say(health: RuntimeHealth): void {
    const { logger } = this.#options
    const said = JSON.stringify(health)
    if (said === this.#said) return
    this.#said = said
    if (health.state === 'ready') {
      logger.info('the runtime is there ({version})', {
        version: health.version ?? 'it told no version',
        state: health.state,
      })
      return
    }
    logger.warn('the runtime cannot take wakes: {problem}', {
      problem: faultText(health),
      state: health.state,
    })
  }
}
