import { createHttpClient, sendUntilKnown } from '@moltnet/client'
import { conversationKey, type Target } from '@moltnet/protocol'
import type { Adapter, DeliveryOutcome, Wake } from '../../packages/node/src/adapters/adapter.ts'
import type { RuntimeHealth } from '../../packages/node/src/adapters/health.ts'
import type { TurnRecord } from './history.ts'
import { messageBody } from './message-body.ts'
import { BASE_URL } from './names.ts'
import type { NodeHostOptions } from './node-host.ts'
import { Random } from './random.ts'

/** A simulated runtime: takes its time, fails, hangs and speaks as its plan says, and remembers every turn. */
export class Runtime implements Adapter {
  readonly #options: NodeHostOptions
  readonly #random: Random
  readonly #running = new Set<TurnRecord>()
  /** Messages that a turn of this node's folder brought to its end. */
  readonly #finished = new Set<string>()
  #spoken = 0

  constructor(options: NodeHostOptions) {
    this.#options = options
    this.#random = new Random(options.plan.seed, `runtime of ${options.name}`)
  }

  async deliver(wake: Wake, _session: unknown, signal: AbortSignal): Promise<DeliveryOutcome> {
    const turn = this.#begin(wake)
    const outcome = await this.#live(wake, turn, signal)
    this.#running.delete(turn)
    turn.endedAt = performance.now()
    turn.outcome = outcome.type === 'delivered' ? 'delivered' : signal.aborted ? 'ended' : outcome.type
    if (turn.outcome === 'delivered') this.#finish(turn)
    this.#options.trace(`${this.#options.name}: turn ${turn.outcome} for ${turn.messages.join(' ')}`)
    return outcome
  }

  async diagnose(): Promise<RuntimeHealth> {
    return { state: 'ready' }
  }

  async close(): Promise<void> {
    // Nothing is kept between turns.
  }

  /** The node is gone, and its turns are ended. */
  crash(): void {
    for (const turn of this.#running) {
      turn.endedAt = performance.now()
      turn.outcome = 'crashed'
    }
    this.#running.clear()
  }

  #begin({ target, messages }: Wake): TurnRecord {
    const { history, agentId, folder, name, trace } = this.#options
    const conversation = conversationKey(target)
    const ids = messages.map(({ id }) => id as string)
    for (const other of this.#running) {
      if (other.conversation === conversation)
        history.violate('two turns at once', `${name} in ${conversation}`)
    }
    for (const id of ids) {
      if (this.#finished.has(id)) history.violate('finished message woke again', `${id} for ${name}`)
    }
    const startedAt = performance.now()
    const turn = {
      agentId,
      folder: `${folder}/${name}`,
      conversation,
      messages: ids,
      startedAt,
      spoke: false,
    }
    trace(`${name}: turn begins for ${ids.join(' ')}`)
    this.#running.add(turn)
    history.turns.push(turn)
    return turn
  }

  #finish(turn: TurnRecord): void {
    for (const id of turn.messages) this.#finished.add(id)
  }

  async #live(wake: Wake, turn: TurnRecord, signal: AbortSignal): Promise<DeliveryOutcome> {
    const { plan, isCalm } = this.#options
    const random = this.#random
    const { runtime } = plan
    const calm = isCalm()
    const happens = (probability: number) => !calm && random.chance(probability)
    const ms = calm ? random.between(1, 50) : random.between(1, runtime.turnMs)
    if (happens(runtime.unavailable)) return refusal('unavailable')
    if (happens(runtime.busy)) {
      await lasts(random.between(1, 100), signal)
      return refusal('busy')
    }
    if (!happens(0.05)) wake.started()
    if (happens(runtime.hangs)) {
      await lasts(10 * plan.turnTimeoutMs, signal)
      return refusal('unavailable')
    }
    await lasts(ms, signal)
    if (!signal.aborted && happens(runtime.speaks)) turn.spoke = await this.#speak(wake.target, signal)
    if (signal.aborted) return refusal('unavailable')
    if (happens(runtime.failed))
      return { type: 'failed', reason: 'failed', error: 'as planned', warnings: [] }
    return { type: 'delivered', text: '', warnings: [] }
  }

  /** The agent answers in the conversation, now and then with a mention of another. */
  async #speak(target: Target, signal: AbortSignal): Promise<boolean> {
    const { agentId, name, plan, history } = this.#options
    const id = `${name}-says-${++this.#spoken}`
    const others = plan.agents.filter((other) => other !== agentId)
    const mentions = target.kind !== 'dm' && others.length > 0 ? this.#random.some(others, 0.2) : []
    const written = { id, from: agentId, target, mentions, text: `answer ${this.#spoken}` }
    history.attempted.set(id, written)
    try {
      const client = createHttpClient({ baseUrl: BASE_URL })
      const { event_id } = await sendUntilKnown(client, messageBody(written, 'agent'), { signal })
      history.accepted.set(id, Number(event_id.slice(event_id.lastIndexOf('.') + 1)))
      return true
    } catch {
      // What became of it is unknown; the checks allow for both.
      return false
    }
  }
}

function refusal(reason: 'unavailable' | 'busy'): DeliveryOutcome {
  return { type: 'retry', reason, error: 'as planned' }
}

/** Resolves after a time, or when the turn is ended. */
function lasts(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve()
    const timer = setTimeout(resolve, ms)
    signal.addEventListener('abort', () => {
      clearTimeout(timer)
      resolve()
    })
  })
}
