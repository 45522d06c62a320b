import { type AttachmentEvent, type ConsumerWish, openAttachment } from '@moltnet/client'

/** An attached agent of a test. */
export interface TestAgent extends AsyncDisposable {
  /** Resolves when it is attached. */
  ready: Promise<void>
}

/** Attaches an agent by a durable consumer; `onEvent` has to answer each event. */
export function attach(o: {
  url: string
  id: string
  name?: string
  network?: string
  token?: string
  subscription: Pick<ConsumerWish, 'rooms' | 'dms' | 'runtime'>
  onEvent: (event: AttachmentEvent) => void | Promise<void>
}): TestAgent {
  const { url, id, name, network = 'local', token, subscription, onEvent } = o
  const isReady = Promise.withResolvers<void>()
  const attachment = openAttachment({
    baseUrl: url,
    networkId: network,
    agent: { id, ...(name !== undefined && { name }) },
    consumer: { durable: true, ...subscription },
    ...(token !== undefined && { token: () => token }),
  })
  const run = async () => {
    for await (const item of attachment) {
      if (item.type === 'ready') isReady.resolve()
      if (item.type === 'event') await onEvent(item)
    }
  }
  const running = run().catch((error: unknown) => {
    isReady.reject(error)
    throw error
  })
  return {
    ready: isReady.promise,
    async [Symbol.asyncDispose]() {
      await attachment.close()
      await running
    },
  }
}
