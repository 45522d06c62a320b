import type { Wake, WakeAction } from '@moltnet/protocol'
import { OPERATOR } from '../../packages/server/src/domain/principal.ts'
import type { History } from './history.ts'
import type { Plan } from './plan.ts'
import { Random } from './random.ts'
import type { ServerHost } from './server-host.ts'
import type { World } from './platform.ts'

/** What an operator works with. */
export interface OperatorOptions {
  readonly world: World
  readonly plan: Plan
  readonly history: History
  readonly server: ServerHost
  isCalm(): boolean
  trace(line: string): void
}

/** Mean time between two looks at the ledger, in milliseconds. */
const LOOK_MS = 2_000

/** Looks at the ledger from time to time: approves, dismisses and retries. At the end everything is approved. */
export class Operator {
  readonly #options: OperatorOptions
  readonly #random: Random

  constructor(options: OperatorOptions) {
    this.#options = options
    this.#random = new Random(options.plan.seed, 'operator')
  }

  /** Runs on its own host. */
  async work(): Promise<void> {
    const { world, plan, isCalm, trace } = this.#options
    for (;;) {
      await new Promise<void>((resolve) => {
        setTimeout(resolve, this.#random.between(1, 2 * LOOK_MS))
      })
      if (!isCalm() && !plan.operates) continue
      try {
        const page = { from: 'newest', limit: 100 } as const
        const held = await world.network.call((services) =>
          services.wakes.list(OPERATOR, { page, state: 'held' }),
        )
        for (const wake of held.wakes) await this.#decide(wake)
        if (isCalm()) continue
        const dead = await world.network.call((services) =>
          services.wakes.list(OPERATOR, { page, state: 'dead' }),
        )
        for (const wake of this.#random.some(dead.wakes, 0.3)) await this.#operate(wake, 'retry')
      } catch (error) {
        trace(`operator: ${String(error)}`)
      }
    }
  }

  async #decide(wake: Wake): Promise<void> {
    if (this.#options.isCalm()) return this.#operate(wake, 'approve')
    if (this.#random.chance(0.5))
      await this.#operate(wake, this.#random.pick(['approve', 'approve', 'dismiss']))
  }

  /** What it asks for may have been done, whatever the answer is. */
  async #operate(wake: Wake, action: WakeAction): Promise<void> {
    const { world, history, server, trace } = this.#options
    const { id, agent_id: agentId, message_id: messageId } = wake
    trace(`operator: ${action} ${messageId} for ${agentId}`)
    history.operated.push({ agentId, messageId, action })
    server.delivered(agentId, messageId)
    await world.network.call((services) => services.wakes.operate(OPERATOR, id, action))
  }
}
