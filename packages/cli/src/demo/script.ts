import type { Message } from '@moltnet/protocol'

/** One step of the demo: what the human says, and who must have answered before the next one. */
export interface Step {
  says: string
  untilHeardFrom: readonly string[]
}

/** The human of the demo. */
export const DEMO_HUMAN = { id: 'maya', name: 'Maya' }

/** The scripted conversation. Guide's answer mentions Scribe, so agents wake each other too. */
export const DEMO_SCRIPT: readonly Step[] = [
  {
    says: 'Hello everybody! @guide how do you make sure that no message gets lost?',
    untilHeardFrom: ['guide', 'scribe'],
  },
  { says: '@critic do you believe that?', untilHeardFrom: ['critic'] },
]

/** Resolves when every named speaker has sent a message after the call; fed with messages as they come. */
export class Listener {
  #missing: Set<string> = new Set()
  #done: () => void = () => {}

  hear(message: Message): void {
    this.#missing.delete(message.from.id)
    if (this.#missing.size === 0) this.#done()
  }

  until(speakers: readonly string[]): Promise<void> {
    return new Promise((resolve) => {
      this.#missing = new Set(speakers)
      this.#done = resolve
    })
  }
}
