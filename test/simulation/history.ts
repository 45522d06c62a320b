import type { Target } from '@moltnet/protocol'
import type { LogEntry } from '../../packages/server/src/store/port.ts'
import type { StoredBinding } from '../../packages/server/src/store/consumer-port.ts'

/** A message as its writer made it. */
export interface Written {
  readonly id: string
  readonly from: string
  readonly target: Target
  readonly mentions: readonly string[]
  readonly text: string
}

/** A turn of a simulated runtime. */
export interface TurnRecord {
  readonly agentId: string
  /** The node's state folder: what it finished it knows after a restart. */
  readonly folder: string
  readonly conversation: string
  readonly messages: readonly string[]
  readonly startedAt: number
  endedAt?: number
  outcome?: 'delivered' | 'retry' | 'failed' | 'ended' | 'crashed'
  /** Whether the agent had a message accepted in the conversation. */
  spoke: boolean
}

/** A durable consumer as it was written, or its end. */
export interface ConsumerRecord {
  readonly agentId: string
  /** Undefined: the consumer went. */
  readonly bindings: readonly StoredBinding[] | undefined
  /** The log's head when it was written. */
  readonly head: number
}

/** What an operator did with a wake, as far as the server said so. */
export interface OperatorRecord {
  readonly agentId: string
  readonly messageId: string
  readonly action: string
}

/** Something that must never happen. */
export interface Violation {
  readonly rule: string
  readonly detail: string
}

/** Everything that happened in a world, as those outside the server saw it. */
export class History {
  /** All that were tried, by id. */
  readonly attempted = new Map<string, Written>()
  /** Position in the log of those whose writer was told so. */
  readonly accepted = new Map<string, number>()
  readonly turns: TurnRecord[] = []
  /** The log, by position. */
  readonly log = new Map<number, LogEntry>()
  readonly consumers: ConsumerRecord[] = []
  readonly operated: OperatorRecord[] = []
  readonly violations: Violation[] = []

  /** Notes what must not be; the same only once. */
  violate(rule: string, detail: string): void {
    if (this.violations.some((known) => known.rule === rule && known.detail === detail)) return
    this.violations.push({ rule, detail })
  }

  /** Takes over what a commit wrote; what was written before must still stand there. */
  committed(entries: readonly LogEntry[]): void {
    for (const entry of entries) {
      const { position, json, message } = entry
      const known = this.log.get(position)
      if (known !== undefined && known.json !== json) this.violate('log rewritten', entry.id)
      if (position !== this.log.size + 1) this.violate('hole in the log', entry.id)
      this.log.set(position, entry)
      if (message !== undefined && !this.attempted.has(message.id))
        this.violate('unexpected message', message.id)
    }
  }

  /** Turns of an agent that brought a message to its end. */
  completions(agentId: string, messageId: string): TurnRecord[] {
    return this.turns.filter(
      (turn) => turn.agentId === agentId && turn.outcome === 'delivered' && turn.messages.includes(messageId),
    )
  }
}
