import {
  type Attachment,
  type AttachmentItem,
  type AttachmentOptions,
  openAttachment,
} from '../../src/index.ts'
import { DURABLE, type Peer, type PeerConnection, within } from './peer.ts'

type ItemOf<T extends AttachmentItem['type']> = Extract<AttachmentItem, { type: T }>

/** An attachment with its items taken one by one. */
export interface Attached {
  attachment: Attachment
  /** The next item, whatever it is; undefined at the end. */
  next(): Promise<AttachmentItem | undefined>
  /** The next item, which must be of that type. */
  expect<T extends AttachmentItem['type']>(type: T): Promise<ItemOf<T>>
  [Symbol.asyncDispose](): Promise<void>
}

/** Opens an attachment that reconnects without delay, and begins to iterate. */
export function attach(peer: Peer, options: Partial<AttachmentOptions> = {}): Attached {
  const attachment = openAttachment({
    baseUrl: peer.url,
    networkId: 'net',
    agent: { id: 'alpha' },
    ...options,
    timing: { reconnect: { firstMs: 1, maxMs: 1, jitter: 0 }, ...options.timing },
  })
  const items = attachment[Symbol.asyncIterator]()
  const next = async () => {
    const result = await within(items.next(), 'an item')
    return result.done === true ? undefined : result.value
  }
  return {
    attachment,
    next,
    async expect(type) {
      const item = await next()
      if (item?.type !== type) throw new Error(`expected ${type}, got ${JSON.stringify(item)}`)
      return item as ItemOf<typeof type>
    },
    [Symbol.asyncDispose]: () => attachment.close(),
  }
}

/** What a durable attachment asks for. */
export const CONSUMER = {
  durable: true as const,
  rooms: [{ id: 'general', wake: 'mentions' as const }],
}

/** Opens a durable attachment and takes it to READY. */
export async function attachDurable(
  peer: Peer,
  options: Partial<AttachmentOptions> = {},
): Promise<{ client: Attached; connection: PeerConnection }> {
  return await live(peer, attach(peer, { consumer: CONSUMER, ...options }), DURABLE)
}

/** Opens a v1 attachment and takes it to READY. */
export async function attachV1(
  peer: Peer,
  options: Partial<AttachmentOptions> = {},
): Promise<{ client: Attached; connection: PeerConnection }> {
  return await live(peer, attach(peer, options), {})
}

async function live(peer: Peer, client: Attached, ready: Record<string, unknown>) {
  const connection = await peer.accept()
  await connection.handshake(ready)
  await client.expect('ready')
  return { client, connection }
}

/** Accepts the next connection of a client that lost one, up to READY. */
export async function reattach(peer: Peer, client: Attached, ready: Record<string, unknown> = {}) {
  await client.expect('disconnected')
  const connection = await peer.accept()
  const identify = await connection.handshake(ready)
  await client.expect('ready')
  return { connection, identify }
}
