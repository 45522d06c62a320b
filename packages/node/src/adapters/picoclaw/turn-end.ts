import { z } from 'zod'
import { NODE_LIMITS } from '../../limits.ts'

/** Begins every text by which an agent that failed says so: there is no other sign of it. */
const FAILURE = 'Error processing message:'

/** A frame of PicoClaw's gateway, the parts that matter. */
const Frame = z.object({
  type: z.string(),
  payload: z
    .object({
      content: z.string().optional(),
      message_id: z.string().optional(),
      kind: z.string().optional(),
      thought: z.boolean().optional(),
      placeholder: z.boolean().optional(),
      code: z.string().optional(),
      message: z.string().optional(),
    })
    .nullish()
    .catch(undefined),
})
export type PicoFrame = z.infer<typeof Frame>

/** Reads a frame; undefined when it is none. */
export function parsePicoFrame(text: string): PicoFrame | undefined {
  try {
    return Frame.safeParse(JSON.parse(text)).data
  } catch {
    return undefined
  }
}

/** How a turn ended. */
export type PicoEnd = { type: 'said'; text: string } | { type: 'failed'; error: string }

/**
 * Guesses from frames when a turn has ended, because PicoClaw has no mark for it. Typing stops before
 * every message, so that alone means little. A turn is over when it stays quiet after a message that is
 * neither thought, tool call nor placeholder; or after typing stopped and no message followed. What a
 * tool call says is not the end, however long the tool takes.
 */
export class TurnEnd {
  /** Words by the id of their message, which later frames may replace. */
  readonly #texts = new Map<string, string>()
  readonly #began: number
  #typingSince: number | undefined
  #quietMs: number | undefined
  #failure: string | undefined

  /** Times are milliseconds of one clock. */
  constructor(now: number) {
    this.#began = now
  }

  /** Takes a frame. */
  take({ type, payload }: PicoFrame, now: number): void {
    switch (type) {
      case 'typing.start':
        this.#typingSince = now
        this.#quietMs = undefined
        return
      case 'typing.stop':
        if (this.#isEndOfTyping(now)) this.#quietMs ??= NODE_LIMITS.picoclawQuietMs
        return
      case 'message.create':
        this.#takeMessage(payload ?? {}, NODE_LIMITS.picoclawSettleMs)
        return
      case 'message.update':
        // Words that are still being written come in many updates.
        this.#takeMessage(payload ?? {}, NODE_LIMITS.picoclawQuietMs)
        return
      case 'message.delete':
        this.#texts.delete(payload?.message_id ?? '')
        return
      case 'error':
        this.#failure = payload?.message ?? payload?.code ?? 'an error without a reason'
        return
    }
  }

  /** The turn is over when nothing comes for so long; undefined while silence means nothing. */
  get quietMs(): number | undefined {
    return this.#quietMs
  }

  /** A failure that needs no silence to be believed. */
  get failure(): PicoEnd | undefined {
    return this.#failure === undefined ? undefined : { type: 'failed', error: this.#failure }
  }

  /** What the turn came to, once it is over. */
  end(): PicoEnd {
    const texts = [...this.#texts.values()].filter((text) => text !== '')
    const failure = texts.find((text) => text.startsWith(FAILURE))
    if (failure !== undefined) return { type: 'failed', error: failure.slice(FAILURE.length).trim() }
    return { type: 'said', text: texts.join('\n\n') }
  }

  /**
   * A stop right after the start belongs to the turn before, whose place the new one takes; one after
   * minutes is PicoClaw's own limit for showing that somebody types.
   */
  #isEndOfTyping(now: number): boolean {
    const shown = now - (this.#typingSince ?? this.#began)
    return shown >= NODE_LIMITS.picoclawTypingSwapMs && shown < NODE_LIMITS.picoclawTypingMaxMs
  }

  #takeMessage(payload: NonNullable<PicoFrame['payload']>, quietMs: number): void {
    const { content = '', message_id, kind, thought, placeholder } = payload
    const isPartial = (kind ?? '') !== '' || thought === true || placeholder === true
    this.#quietMs = isPartial ? undefined : quietMs
    if (!isPartial) this.#texts.set(message_id ?? `#${this.#texts.size}`, content.trim())
  }
}
