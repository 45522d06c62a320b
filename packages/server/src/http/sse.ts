import { getLogger } from '@logtape/logtape'
import { MoltnetError, STREAM_LIMITS } from '@moltnet/protocol'
import { isExpired, type Principal } from '../domain/principal.ts'
import type { Viewer } from '../eventlog/audience.ts'
import { streamChunk } from '../eventlog/envelope.ts'
import type { Fanout } from '../eventlog/fanout.ts'
import type { Gap, Gaps, ResumePoint } from '../eventlog/gaps.ts'
import type { EventStreams } from './deps.ts'

const logger = getLogger(['moltnet', 'stream'])

/** Entries read from the log at once. */
const READ_ENTRIES = 256

/** A chunk ends once it has this many characters: what a slow reader holds in memory. */
const CHUNK_CHARACTERS = 65_536

/** A stuck stream's request gets this time limit, the shortest one there is, in seconds. */
const CUT_SECONDS = 1

const HEADERS = {
  'Content-Type': 'text/event-stream',
  'Cache-Control': 'no-cache, no-transform',
  // Proxies that would collect the stream before passing it on.
  'X-Accel-Buffering': 'no',
}

const encoder = new TextEncoder()

/** What the streams are wired with. */
export interface EventStreamsDeps {
  readonly fanout: Fanout
  readonly gaps: Gaps
  readonly limits: { readonly streams: number; readonly streamsPerIdentity: number; readonly stallMs: number }
  readonly counters: { stalled: number }
}

/** All streams of server-sent events. Each reads the log at the pace of its reader. */
export class SseStreams implements EventStreams {
  readonly #deps: EventStreamsDeps
  readonly #streams = new Set<SseStream>()
  readonly #perIdentity = new Map<string, number>()

  constructor(deps: EventStreamsDeps) {
    this.#deps = deps
    deps.fanout.watch(() => {
      for (const stream of this.#streams) stream.wake()
    })
  }

  /** How many are open. */
  get size(): number {
    return this.#streams.size
  }

  async open(o: Parameters<EventStreams['open']>[0]): Promise<Response> {
    const { fanout, gaps } = this.#deps
    const identity = identityOf(o.principal, o.address)
    this.#reserve(identity)
    let resume: ResumePoint
    try {
      resume = await (o.lastEventId === undefined
        ? { after: fanout.head, gap: undefined }
        : gaps.resume(o.lastEventId, fanout.head))
    } catch (error) {
      this.#release(identity)
      throw error
    }
    // The body of a stream has no end: the limit on idle connections must not count here.
    o.server.timeout(o.request, 0)
    const stream = new SseStream(this.#deps, {
      principal: o.principal,
      resume,
      cut: () => o.server.timeout(o.request, CUT_SECONDS),
      onEnd: () => {
        if (this.#streams.delete(stream)) this.#release(identity)
      },
    })
    this.#streams.add(stream)
    return new Response(stream.body, { headers: HEADERS })
  }

  /**
   * Keeps streams alive, cuts those whose reader is stuck, and ends those whose credential has expired.
   * `now` is monotonic, `unixMs` the wall clock, both in milliseconds.
   */
  tick(now: number, unixMs: number): void {
    for (const stream of this.#streams) {
      if (isExpired(stream.principal, unixMs)) stream.cut()
      else stream.tick(now)
    }
  }

  stop(): void {
    for (const stream of [...this.#streams]) stream.end()
  }

  #reserve(identity: string): void {
    const { streams, streamsPerIdentity } = this.#deps.limits
    const own = this.#perIdentity.get(identity) ?? 0
    const all = [...this.#perIdentity.values()].reduce((sum, count) => sum + count, 0)
    if (all >= streams) throw new MoltnetError('service_unavailable', 'too many event streams')
    if (own >= streamsPerIdentity)
      throw new MoltnetError('service_unavailable', 'too many event streams of one credential or address')
    this.#perIdentity.set(identity, own + 1)
  }

  #release(identity: string): void {
    const left = (this.#perIdentity.get(identity) ?? 1) - 1
    if (left > 0) this.#perIdentity.set(identity, left)
    else this.#perIdentity.delete(identity)
  }
}

function identityOf(principal: Principal, address: string): string {
  const isShown = principal.kind === 'token' || principal.kind === 'agent'
  return isShown ? principal.credentialKey : `address:${address}`
}

interface SseStreamOptions {
  readonly principal: Principal
  readonly resume: ResumePoint
  /** Ends the connection although its reader takes nothing. */
  cut(): void
  onEnd(): void
}

/** One stream. Only reads the log when its reader asks for more, so nothing piles up here. */
class SseStream implements Viewer {
  readonly principal: Principal
  readonly attachedAs = null
  readonly body: ReadableStream<Uint8Array>
  readonly #deps: EventStreamsDeps
  readonly #options: SseStreamOptions
  #position: number
  #gap: Gap | undefined
  #opened = false
  #ended = false
  /** The reader went away: its controller is closed already and takes nothing more. */
  #cancelled = false
  /** Set while the reader waits for events. */
  #onWake: (() => void) | undefined
  #keepAliveDue = false
  #keptAliveAt = performance.now()
  #pulledAt = performance.now()

  constructor(deps: EventStreamsDeps, options: SseStreamOptions) {
    this.#deps = deps
    this.#options = options
    this.principal = options.principal
    this.#position = options.resume.after
    this.#gap = options.resume.gap
    const source = {
      pull: (controller: ReadableStreamDefaultController<Uint8Array>) => this.#pull(controller),
      cancel: () => {
        this.#cancelled = true
        this.end()
      },
    }
    this.body = new ReadableStream<Uint8Array>(source, { highWaterMark: 0 })
  }

  /** There may be something to read. */
  wake(): void {
    this.#onWake?.()
  }

  tick(now: number): void {
    if (now - this.#keptAliveAt >= STREAM_LIMITS.keepAliveMs) {
      this.#keepAliveDue = true
      this.#keptAliveAt = now
      this.#onWake?.()
    }
    // A reader that takes what it is given asks for more at once.
    if (this.#onWake !== undefined || now - this.#pulledAt < this.#deps.limits.stallMs) return
    this.#deps.counters.stalled += 1
    logger.warn('an event stream took nothing for {ms} ms and is cut', { ms: this.#deps.limits.stallMs })
    this.cut()
  }

  /** Ends it, also for a reader that takes nothing. */
  cut(): void {
    this.#options.cut()
    this.end()
  }

  end(): void {
    if (this.#ended) return
    this.#ended = true
    this.#onWake?.()
    this.#options.onEnd()
  }

  async #pull(controller: ReadableStreamDefaultController<Uint8Array>): Promise<void> {
    this.#pulledAt = performance.now()
    try {
      let text = this.#opening()
      while (text === '' && !this.#ended) {
        text = await this.#read()
        if (text !== '') break
        if (this.#position >= this.#deps.fanout.head) text = await this.#wait()
        // Much that it may not see: others get their turn in between.
        else await new Promise((resolve) => setImmediate(resolve))
      }
      this.#pulledAt = performance.now()
      if (this.#cancelled) return
      if (text !== '') controller.enqueue(encoder.encode(text))
      if (this.#ended) controller.close()
    } catch (error) {
      logger.error('an event stream failed: {error}', { error })
      this.end()
      controller.error(error)
    }
  }

  #opening(): string {
    if (this.#opened) return ''
    this.#opened = true
    const gap = this.#gap === undefined ? '' : streamChunk(this.#gap)
    this.#gap = undefined
    return `: stream-open\n\n${gap}`
  }

  /** What this reader may see of the next entries; may be nothing. */
  async #read(): Promise<string> {
    const { log, directory, audience, envelopes, head } = this.#deps.fanout
    if (this.#position >= head) return ''
    const entries =
      log.readTail(this.#position, READ_ENTRIES) ?? (await log.read(this.#position, READ_ENTRIES))
    while (!directory.prepared(entries)) await directory.prepare(entries)
    let text = ''
    for (const entry of entries) {
      if (entry.position > head || text.length >= CHUNK_CHARACTERS) break
      if (entry.position > this.#position + 1) text += this.#gapBefore(entry.position)
      if (audience.sees(this, entry)) text += envelopes.of(entry).chunk
      this.#position = entry.position
    }
    return text
  }

  #gapBefore(oldest: number): string {
    return streamChunk(this.#deps.gaps.behind(this.#position, oldest))
  }

  /** Waits for the log to move, for the next keep-alive, or for the end. */
  async #wait(): Promise<string> {
    if (!this.#keepAliveDue && !this.#ended) {
      await new Promise<void>((resolve) => {
        this.#onWake = resolve
      })
      this.#onWake = undefined
    }
    if (!this.#keepAliveDue) return ''
    this.#keepAliveDue = false
    return ': keep-alive\n\n'
  }
}
