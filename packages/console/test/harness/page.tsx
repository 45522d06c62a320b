/** The page of the component tests: mounts what a test asks for, and lets it reach in. */
import '../../src/no-eval.ts'
import type { Delivery, Message, MessagePreview } from '@moltnet/protocol'
import { StrictMode, useState } from 'react'
import { createRoot, type Root } from 'react-dom/client'
import '../../src/design/tokens.css'
import '../../src/design/base.css'
import '../../src/design/controls.css'
import './page.css'
import { Composer } from '../../src/messages/composer/composer.tsx'
import { Drafts } from '../../src/messages/composer/drafts.ts'
import type { Lookup } from '../../src/messages/lookup.ts'
import { MessageProvider, type MessageSurroundings } from '../../src/messages/message-context.ts'
import { Outbox, type OutgoingBody } from '../../src/messages/outbox.ts'
import type { MentionCandidate } from '../../src/messages/props.ts'
import { Timeline } from '../../src/messages/timeline/timeline.tsx'
import { MemorySource } from './memory-source.ts'
import { NETWORK, sampleHistory, sampleMessage } from './sample-messages.ts'

/** What a test mounts. */
export interface Scene {
  /** The messages, or how many made-up ones. */
  history?: Message[] | number
  page?: number
  loaded?: number
  unreadFrom?: string
  jumpTo?: string
  deliveries?: Record<string, Delivery[]>
  threads?: Record<string, { threadId: string; replies: number; lastAt?: string }>
  candidates?: MentionCandidate[]
  preview?: MessagePreview
  disabledReason?: string
  /** Milliseconds since 1970 that stand for now. */
  now?: number
}

/** What a test can do with the mounted scene. */
class Harness {
  /** What the composer sent, in order. */
  readonly sent: OutgoingBody[] = []
  /** Wakes that were acted on, as `<id> <action>`. */
  readonly acted: string[] = []
  /** Messages that the timeline counts as read, in order. */
  readonly readTo: string[] = []
  readonly jumpFailed: string[] = []
  readonly threadsOpened: string[] = []
  /** Why sends, actions and page loads fail at the moment; empty when they do not. */
  failure = ''
  source = new MemorySource({ history: [], page: 1 })
  jump: (messageId: string) => void = () => undefined
  #next = 0
  #root: Root | undefined

  mount(scene: Scene): void {
    this.#root?.unmount()
    const { history = [] } = scene
    const messages = typeof history === 'number' ? sampleHistory(history) : [...history]
    this.#next = messages.length
    this.source = new MemorySource({
      history: messages,
      page: scene.page ?? 100,
      loaded: scene.loaded,
      unreadFrom: scene.unreadFrom,
      isFailing: () => this.failure !== '',
    })
    this.#root = createRoot(document.querySelector('#root') as HTMLElement)
    this.#root.render(
      <StrictMode>
        <Stage scene={scene} harness={this} />
      </StrictMode>,
    )
  }

  /** So many new messages at once; each has its number in its text. */
  push(count = 1, from = 'beta'): void {
    for (let left = count; left > 0; left -= 1) {
      const number = this.#next++
      this.source.push(sampleMessage(number, { from, text: `#${number} new` }))
    }
  }

  add(message: Message): void {
    this.#next += 1
    this.source.push(message)
  }

  async send(body: OutgoingBody): Promise<never> {
    this.sent.push(body)
    if (this.failure !== '') throw new Error(this.failure)
    return {} as never
  }

  async act(wakeId: string, action: string): Promise<void> {
    this.acted.push(`${wakeId} ${action}`)
    if (this.failure !== '') throw new Error(this.failure)
  }
}

function fixedLookup<T>(values: Record<string, T> | undefined): Lookup<T> {
  return { get: (id) => values?.[id], subscribe: () => () => undefined }
}

function surroundingsOf(scene: Scene, harness: Harness): MessageSurroundings {
  return {
    networkId: NETWORK,
    deliveries: fixedLookup(scene.deliveries),
    threads: fixedLookup(scene.threads),
    hrefOf: (fqid) => (fqid.startsWith(`molt://${NETWORK}/`) ? `/#${encodeURIComponent(fqid)}` : undefined),
    hrefOfMessage: (id) => `/#${id}`,
    openThread: (id) => harness.threadsOpened.push(id),
    actOnWake: (id, action) => harness.act(id, action),
    now: () => scene.now ?? Date.parse('2026-04-03T12:00:00Z'),
  }
}

function Stage({ scene, harness }: { scene: Scene; harness: Harness }): React.ReactNode {
  const [surroundings] = useState(() => surroundingsOf(scene, harness))
  const [outbox] = useState(() => new Outbox({ send: (body) => harness.send(body) }))
  const [drafts] = useState(() => new Drafts(NETWORK, localStorage))
  const [jumpTo, setJumpTo] = useState(scene.jumpTo)
  const [preview] = useState(() =>
    scene.preview === undefined ? undefined : async () => scene.preview as MessagePreview,
  )
  harness.jump = setJumpTo
  return (
    <MessageProvider value={surroundings}>
      <main className="stage">
        <Timeline
          source={harness.source}
          label="Messages in general"
          outbox={outbox}
          jumpTo={jumpTo}
          onReadTo={(id) => harness.readTo.push(id)}
          onJumpFailed={(id) => harness.jumpFailed.push(id)}
          empty={<p>Nothing was said here yet.</p>}
        />
        <Composer
          conversation={{ kind: 'room', id: 'general' }}
          label="Message general"
          candidates={scene.candidates ?? []}
          bodyOf={bodyOf}
          outbox={outbox}
          drafts={drafts}
          preview={preview}
          disabledReason={scene.disabledReason}
        />
      </main>
    </MessageProvider>
  )
}

function bodyOf(text: string): Omit<OutgoingBody, 'id'> {
  return {
    target: { kind: 'room', room_id: 'general' },
    from: { type: 'human', id: 'ada', name: 'Ada' },
    parts: [{ kind: 'text', text }],
  }
}

declare global {
  var harness: Harness
}

globalThis.harness = new Harness()
