import type { FrameSink, LoadAttachment, SeenEvent } from './attachments.ts'

/** How long nothing may come before a load stops waiting for the rest, in milliseconds. */
const GIVE_UP_MS = 5_000
/** Presence is told at most once a second: after this long without a frame it has calmed down, in milliseconds. */
const CALM_MS = 1_500
const LOOK_MS = 50

/** What came to the attachments of a load, measured against what had to. */
export interface Completeness {
  /** Messages that did not come, over all attachments. */
  missing: number
  /** Messages that came more often than once, or out of order. */
  repeated: number
  /** Attachments that were closed or refused, a few of them. */
  failures: string[]
}

/** Counts the frames of all attachments of one load. */
export class FrameCounter implements FrameSink {
  frames = 0
  messages = 0
  readonly failures: string[] = []
  /** Called with the text of each message frame, while set. */
  onMessage: ((text: string) => void) | undefined

  onEvent(event: SeenEvent): void {
    this.frames++
    if (!event.isMessage) return
    this.messages++
    this.onMessage?.(event.text())
  }

  onFailure(reason: string): void {
    this.failures.push(reason)
  }

  /** Resolves when presence has calmed down. */
  async calm(): Promise<void> {
    let last = -1
    while (last !== this.frames) {
      last = this.frames
      await Bun.sleep(CALM_MS)
    }
  }

  /** Waits until every attachment has `count` messages, or nothing came for a while; says what is missing. */
  async complete(attachments: readonly LoadAttachment[], count: number): Promise<Completeness> {
    const missing = () => attachments.reduce((sum, one) => sum + Math.max(0, count - one.messages), 0)
    let last = this.frames
    let since = performance.now()
    while (missing() > 0 && performance.now() - since < GIVE_UP_MS) {
      await Bun.sleep(LOOK_MS)
      if (this.frames !== last) since = performance.now()
      last = this.frames
    }
    const surplus = attachments.reduce((sum, one) => sum + Math.max(0, one.messages - count), 0)
    const repeated = attachments.reduce((sum, one) => sum + one.repeated, surplus)
    return { missing: missing(), repeated, failures: this.failures.slice(0, 3) }
  }
}
