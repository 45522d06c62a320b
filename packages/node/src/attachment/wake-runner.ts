import type { HttpClient } from '@moltnet/client'
import type { Logger } from '@logtape/logtape'
import { failpoint } from '@moltnet/failpoints'
import { CONSUMER_LIMITS, conversationKey } from '@moltnet/protocol'
import type { Message } from '@moltnet/protocol'
import { messageOf } from '../errors.ts'
import { NODE_LIMITS } from '../limits.ts'
import type { LastWake, Report } from '../states.ts'
import type { CompletedMessages } from './completed.ts'
import { handleFinalText, logText, reportable } from './final-text.ts'
import type { LaneItem, Turn, TurnEnd } from './lanes.ts'
import type { RuntimeWatch } from './runtime-watch.ts'
import { deliverTurn } from './turn.ts'
import type { TurnOptions, TurnResult, WakeEvent } from './turn.ts'

/** What answering wakes needs besides running turns. */
export interface WakeRunnerOptions extends TurnOptions {
  client: HttpClient
  completed: CompletedMessages
  logger: Logger
  /** Whether the server keeps this consumer's wakes and takes NACKs. */
  durable(): boolean
  /** Ends running turns. */
  signal(): AbortSignal
  report: Report
  watch: Pick<RuntimeWatch, 'suspect'>
}

type WakeItem = LaneItem<WakeEvent>
type Refusal = Exclude<TurnResult, { type: 'delivered' }>

/**
 * Runs the turns of one attachment and answers their messages: STATUS when a turn begins and ends, ACK
 * after its end, NACK when it was not taken. A v1 server knows no NACK, so there the batch is held here
 * and tried again, as often as a durable consumer would be sent it.
 */
export class WakeRunner {
  readonly #options: WakeRunnerOptions
  readonly #begun = new WeakSet<WakeItem>()

  constructor(options: WakeRunnerOptions) {
    this.#options = options
  }

  /** Runs one turn to its end and answers its messages. Never throws. */
  async run(turn: Turn<WakeEvent>): Promise<TurnEnd> {
    const signal = this.#options.signal()
    try {
      return await this.#run(turn, signal)
    } catch (error) {
      this.#options.logger.error('a turn went wrong in the node itself: {error}', { error })
      const reason = messageOf(error)
      const refusal: Refusal = { type: 'retry', reason: 'unavailable', error: reason, durationMs: 0 }
      return this.#refuse(turn, refusal, signal.aborted)
    }
  }

  async #run(turn: Turn<WakeEvent>, signal: AbortSignal): Promise<TurnEnd> {
    const messages = turn.items.map((item) => item.message)
    const result = await deliverTurn(this.#options, {
      target: turn.target,
      messages,
      attempt: Math.max(turn.attempt, ...turn.items.map((item) => item.event.frame.attempt ?? 1)),
      signal,
      onStarted: () => this.#reportBegin(turn),
    })
    this.#log(turn, result, signal.aborted)
    this.#report(turn, result, signal.aborted)
    this.#warn(turn, result)
    const newest = messages.at(-1)
    if (newest === undefined) return { type: 'done' }
    if (result.type !== 'delivered') return this.#refuse(turn, result, signal.aborted)
    const { config, client, logger } = this.#options
    const { text, said } = result
    const durable = this.#options.durable()
    const held = await handleFinalText({
      config,
      client,
      logger,
      text,
      said,
      message: newest,
      durable,
      signal,
    })
    this.#finish(turn, { outcome: 'delivered', ...factsOf(result) }, held)
    return { type: 'done' }
  }

  /** A message of a running turn came again on a new socket, which must know that its turn has begun. */
  redelivered(item: WakeItem): void {
    if (this.#begun.has(item)) item.event.status('turn_started')
  }

  /** Returns messages that wait behind a refused batch; the server sends them after it. */
  giveBack(items: readonly WakeItem[]): void {
    for (const item of items) {
      item.event.nack({
        reason: 'busy',
        error: 'waits for an earlier message of the conversation',
        retryAfterMs: 0,
      })
    }
  }

  #reportBegin(turn: Turn<WakeEvent>): void {
    this.#options.logger.debug('turn begins in {conversation} for {messages}', {
      conversation: conversationKey(turn.target),
      messages: idsOf(turn.items),
    })
    for (const item of turn.items) {
      this.#begun.add(item)
      item.event.status('turn_started')
    }
  }

  /**
   * The messages are done for good: noted before the ACK, which may be lost. A text that is held for the
   * operator goes with the newest message, so that it is there once.
   */
  #finish(turn: Turn<WakeEvent>, detail: TurnDetail, held?: string): void {
    if (process.env.MOLTNET_FAILPOINT !== undefined) failpoint('after_turn')
    try {
      this.#options.completed.add(turn.items.map((item) => item.message))
    } catch (error) {
      this.#options.logger.error('the journal of finished messages cannot be written: {error}', { error })
    }
    if (process.env.MOLTNET_FAILPOINT !== undefined) failpoint('before_ack')
    for (const item of turn.items) {
      const text = item === turn.items.at(-1) ? held : undefined
      const last = text === undefined ? {} : { final_text: text }
      const isTold = this.#begun.has(item) && item.event.status('turn_ended', { ...detail, ...last })
      // The connection is gone, and on the next one the turn is over: the ledger will not have the text.
      if (text !== undefined && !isTold) logText(this.#options.logger, item.message, text)
      item.event.ack()
    }
  }

  #refuse(turn: Turn<WakeEvent>, refusal: Refusal, aborted: boolean): TurnEnd {
    const { reason } = refusal
    const error = reportable(refusal.error, CONSUMER_LIMITS.finalTextCharacters)
    if (!this.#options.durable()) return this.#hold(turn, refusal, aborted)
    const detail: TurnDetail = { outcome: 'failed', reason, error, ...factsOf(refusal) }
    const retryAfterMs = refusal.type === 'retry' ? refusal.retryAfterMs : undefined
    for (const item of turn.items) {
      if (this.#begun.delete(item)) item.event.status('turn_ended', detail)
      item.event.nack({ reason, error, retryAfterMs })
    }
    return { type: 'returned' }
  }

  #hold(turn: Turn<WakeEvent>, refusal: Refusal, aborted: boolean): TurnEnd {
    if (aborted) return { type: 'done' }
    const failure = refusal.type === 'failed'
    if (failure && turn.failures + 1 >= NODE_LIMITS.localAttempts) {
      this.#options.logger.error('gave up {messages} after {tries} failed turns', {
        messages: idsOf(turn.items),
        tries: turn.failures + 1,
      })
      this.#finish(turn, {})
      return { type: 'done' }
    }
    const backoff = NODE_LIMITS.localRetryFirstMs * 2 ** Math.min(turn.attempt - 1, 30)
    const wanted = refusal.type === 'retry' ? refusal.retryAfterMs : undefined
    const retryAfterMs = wanted ?? Math.min(backoff, NODE_LIMITS.localRetryMaxMs)
    return { type: 'held', retryAfterMs, failure }
  }

  #report(turn: Turn<WakeEvent>, result: TurnResult, aborted: boolean): void {
    const { report, watch } = this.#options
    const lastWake: LastWake = {
      messages: turn.items.map((item) => item.message.id),
      outcome: result.type,
      at: Date.now(),
      durationMs: result.durationMs,
    }
    if (result.type === 'delivered') return report({ lastWake })
    const { reason, error } = result
    report({ lastWake: { ...lastWake, reason, error } })
    if (reason === 'unavailable' && !aborted) watch.suspect()
  }

  #log(turn: Turn<WakeEvent>, result: TurnResult, aborted: boolean): void {
    const { logger } = this.#options
    const facts = {
      conversation: conversationKey(turn.target),
      messages: idsOf(turn.items),
      duration_ms: result.durationMs,
    }
    if (result.type === 'delivered') {
      logger.info('turn ended well in {conversation} for {messages} after {duration_ms} ms', facts)
    } else if (aborted) {
      logger.info('turn in {conversation} for {messages} was ended by the node', facts)
    } else {
      logger.warn('turn in {conversation} for {messages} was not taken ({reason}): {error}', {
        ...facts,
        reason: result.reason,
        error: result.error,
      })
    }
  }

  #warn(turn: Turn<WakeEvent>, result: TurnResult): void {
    if (result.type === 'retry') return
    for (const warning of result.warnings) {
      this.#options.logger.warn('{conversation}: {warning}', {
        conversation: conversationKey(turn.target),
        warning,
      })
    }
  }
}

/** What the ledger is told of a turn that ended. */
type TurnDetail = Record<string, unknown>

function factsOf(result: TurnResult): TurnDetail {
  const warnings = result.type === 'retry' ? [] : result.warnings
  const { warnings: most, warningCharacters } = CONSUMER_LIMITS
  const told = warnings.slice(0, most).map((warning) => reportable(warning, warningCharacters))
  return { duration_ms: result.durationMs, ...(told.length > 0 && { warnings: told }) }
}

function idsOf(items: readonly { message: Message }[]): string {
  return items.map((item) => item.message.id).join(', ') || 'the bootstrap'
}
