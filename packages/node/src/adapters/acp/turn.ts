import { NODE_LIMITS } from '../../limits.ts'
import type { DeliveryOutcome } from '../adapter.ts'
import { excerpt } from '../program.ts'
import { TextContent } from './wire.ts'
import type { PromptResult, SessionUpdate } from './wire.ts'

/** Updates that show the agent at work; others are about the session or come with every turn. */
const WORK = new Set(['agent_message_chunk', 'agent_thought_chunk', 'tool_call', 'tool_call_update', 'plan'])

/** One turn as its updates tell it: what was said last, and whether anything was done. */
export class AcpTurn {
  readonly #onWork: () => void
  #worked = false
  #acted = false
  /** Text before the last tool call or message, kept in case nothing follows. */
  #earlier = ''
  #text = ''
  #messageId: string | undefined
  #dropped = 0
  readonly #refused = new Set<string>()

  /** `onWork` is called once, at the first sign that the agent has taken the prompt. */
  constructor(onWork: () => void) {
    this.#onWork = onWork
  }

  /** Whether the agent was seen at work. */
  get worked(): boolean {
    return this.#worked
  }

  update({ sessionUpdate, messageId, content }: SessionUpdate['update']): void {
    if (!WORK.has(sessionUpdate)) return
    if (!this.#worked) this.#onWork()
    this.#worked = true
    if (sessionUpdate === 'tool_call' || sessionUpdate === 'tool_call_update') {
      this.#acted = true
      this.#endText()
    }
    if (sessionUpdate !== 'agent_message_chunk') return
    const text = TextContent.safeParse(content).data?.text ?? ''
    if (typeof messageId === 'string' && messageId !== this.#messageId) {
      this.#endText()
      this.#messageId = messageId
    }
    this.#add(text)
  }

  /** The agent was refused something that it asked permission for. */
  refused(what: string): void {
    if (this.#refused.size < NODE_LIMITS.warnings) this.#refused.add(excerpt(what))
  }

  /** The outcome after the agent's answer to the prompt. */
  outcome({ stopReason, _meta }: PromptResult): DeliveryOutcome {
    const warnings = this.warnings()
    const failure = _meta?.['jetbrains.air']?.sessionFailure
    const title = excerpt(failure?.title ?? 'the agent reported a failure')
    if (failure?.severity === 'error') return failed(title, warnings)
    if (failure) warnings.push(title)
    if (stopReason !== 'end_turn') return failed(`the agent ended the turn early: ${stopReason}`, warnings)
    const text = this.#lastText()
    if (text === '' && !this.#acted) {
      // Some agents end so when the model failed. A turn in which nothing was done may be run again.
      if (!this.#worked) return failed('the agent ended the turn silently: no text, no tool call', warnings)
      warnings.push('the agent ended the turn without a text or a tool call')
    }
    return { type: 'delivered', text, warnings }
  }

  /** What an operator should know of the turn, however it ended. */
  warnings(): string[] {
    const refused = [...this.#refused].map(
      (what) => `refused the agent permission for: ${what} (see runtime.permissions)`,
    )
    return this.#dropped === 0
      ? refused
      : [...refused, `${this.#dropped} characters of its text were dropped`]
  }

  #endText(): void {
    if (this.#text.trim() !== '') this.#earlier = this.#text
    this.#text = ''
  }

  #add(text: string): void {
    const room = NODE_LIMITS.finalTextBytes - this.#text.length
    this.#text += text.slice(0, room)
    this.#dropped += Math.max(0, text.length - room)
  }

  #lastText(): string {
    return (this.#text.trim() === '' ? this.#earlier : this.#text).trim()
  }
}

function failed(error: string, warnings: string[]): DeliveryOutcome {
  return { type: 'failed', reason: 'failed', error, warnings }
}
