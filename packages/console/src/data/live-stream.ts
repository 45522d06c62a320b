import { type EventStreamState, HttpError, openEventStream } from '@moltnet/client'
import type { MoltnetEvent } from '@moltnet/protocol'
import { sayError } from '../messages/outbox.ts'
import { Store } from './store.ts'
import { batched } from './ticker.ts'

/** What the stream is doing, as the viewer is told. */
export type StreamStatus =
  | { kind: 'off' }
  | { kind: 'connecting' }
  | { kind: 'open' }
  | { kind: 'retrying'; reason: string; at: number }
  | { kind: 'ended'; reason: string; unauthorized: boolean }

/** What a live stream hands on. */
export interface LiveStreamOptions {
  baseUrl: string
  /** Events of a moment, in log order. */
  onEvents(events: MoltnetEvent[]): void
  /** Events were missed, or may have been: what is known has to be loaded again. */
  onMissed(): void
}

/**
 * A page that is hidden for this long gives its connection back, in milliseconds: a browser has six for a
 * server, and a seventh page would wait for ever. It resumes where it was when it is looked at again.
 */
const HIDDEN_MS = 60_000

/** A page that was hidden this long may have slept, and opens its stream anew, in milliseconds. */
const SLEEP_MS = 20_000

/** The page does not wait longer than this for its stream before it loads what it shows, in milliseconds. */
const SETTLE_MS = 2_000

/**
 * The event stream of the page. It goes on by itself; after a sleep, or when the machine is back on a
 * network, it does not wait to find out that its connection is dead.
 */
export class LiveStream {
  readonly status = new Store<StreamStatus>({ kind: 'off' })
  readonly #options: LiveStreamOptions
  readonly #push: (event: MoltnetEvent) => void
  #run: AbortController | undefined
  #lastEventId: string | undefined
  #isSettled = false
  #resolveSettled: () => void = () => undefined
  /** Resolves once the first connection is open, or is not open soon. What is loaded after it misses nothing. */
  readonly settled = new Promise<void>((resolve) => {
    this.#resolveSettled = resolve
  })

  constructor(options: LiveStreamOptions) {
    this.#options = options
    this.#push = batched((events) => options.onEvents(events))
  }

  /** Opens the stream, from where it was. One that is open already is closed. */
  start(): void {
    this.#run?.abort()
    const run = new AbortController()
    this.#run = run
    if (!this.#isSettled) setTimeout(() => this.#settle(), SETTLE_MS)
    void this.#read(run.signal)
  }

  stop(): void {
    this.#run?.abort()
    this.status.set({ kind: 'off' })
  }

  /**
   * Closes the stream of a page that nobody looks at, and opens it anew when the page slept, and when the
   * network is back. Gives what undoes it.
   */
  followPage(): () => void {
    let hiddenAt = 0
    let timer: ReturnType<typeof setTimeout> | undefined
    const onVisibility = () => {
      clearTimeout(timer)
      if (document.visibilityState === 'hidden') {
        hiddenAt = Date.now()
        timer = setTimeout(() => this.#run?.abort(), HIDDEN_MS)
      } else if (Date.now() - hiddenAt > SLEEP_MS) this.#restart()
    }
    const onOnline = () => this.#restart()
    document.addEventListener('visibilitychange', onVisibility)
    addEventListener('online', onOnline)
    return () => {
      clearTimeout(timer)
      document.removeEventListener('visibilitychange', onVisibility)
      removeEventListener('online', onOnline)
    }
  }

  #restart(): void {
    const { kind } = this.status.get()
    if (kind !== 'off' && kind !== 'ended') this.start()
  }

  async #read(signal: AbortSignal): Promise<void> {
    const { baseUrl } = this.#options
    const onState = (state: EventStreamState) => {
      if (!signal.aborted) this.#onState(state)
    }
    try {
      const lastEventId = this.#lastEventId
      for await (const event of openEventStream({ baseUrl, signal, onState, lastEventId })) {
        this.#lastEventId = event.id
        if (event.type === 'stream.replay_gap') this.#options.onMissed()
        this.#push(event)
      }
    } catch (error) {
      if (signal.aborted) return
      const unauthorized = error instanceof HttpError && error.status === 401
      this.status.set({ kind: 'ended', reason: sayError(error), unauthorized })
      this.#settle()
    }
  }

  #settle(): void {
    this.#isSettled = true
    this.#resolveSettled()
  }

  #onState(state: EventStreamState): void {
    switch (state.state) {
      case 'connecting':
        return this.status.update((status) => (status.kind === 'retrying' ? status : { kind: 'connecting' }))
      case 'open':
        this.status.set({ kind: 'open' })
        // Without a position to resume from, this connection begins after what is loaded already.
        if (this.#isSettled && this.#lastEventId === undefined) this.#options.onMissed()
        return this.#settle()
      case 'retrying':
        this.status.set({ kind: 'retrying', reason: state.reason, at: Date.now() + state.retryInMs })
        return this.#settle()
    }
  }
}
