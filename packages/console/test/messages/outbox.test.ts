import { expect, test } from 'bun:test'
import { OutcomeUnknownError } from '@moltnet/client'
import type { MessageAccepted } from '@moltnet/protocol'
import { roomLeft } from '../../src/messages/composer/body-size.ts'
import { Drafts } from '../../src/messages/composer/drafts.ts'
import { Outbox, type OutgoingBody } from '../../src/messages/outbox.ts'

const ACCEPTED = {} as MessageAccepted

function body(id: string): OutgoingBody {
  return { id, target: { kind: 'room', room_id: 'r' }, from: { type: 'human', id: 'ada' }, parts: [] }
}

function states(outbox: Outbox): string[] {
  return outbox.getSnapshot().map((message) => `${message.body.id} ${message.state}`)
}

test('a message is sending, then accepted, and gone when the timeline shows it', async () => {
  const outbox = new Outbox({ send: async () => ACCEPTED })
  let told = 0
  outbox.subscribe(() => {
    told += 1
  })
  const sending = outbox.send(body('a'))
  expect(states(outbox)).toEqual(['a sending'])
  await sending
  expect(states(outbox)).toEqual(['a accepted'])
  outbox.settle((id) => id === 'b')
  expect(states(outbox)).toEqual(['a accepted'])
  outbox.settle((id) => id === 'a')
  expect(states(outbox)).toEqual([])
  expect(told).toBe(3)
})

test('a failed message says why and is sent again with its id', async () => {
  const sent: string[] = []
  let answer = (): Promise<MessageAccepted> => Promise.reject(new Error('this room is read-only'))
  const outbox = new Outbox({
    send: ({ id }) => {
      sent.push(id)
      return answer()
    },
  })
  await outbox.send(body('a'))
  expect(outbox.getSnapshot()[0]).toMatchObject({ state: 'failed', error: 'this room is read-only' })
  answer = async () => ACCEPTED
  await outbox.retry('a')
  expect(sent).toEqual(['a', 'a'])
  expect(states(outbox)).toEqual(['a accepted'])
})

test('a message whose outcome nobody knows is told apart from one that was refused', async () => {
  const outbox = new Outbox({
    send: ({ id }) => Promise.reject(id === 'lost' ? new OutcomeUnknownError(id) : new Error('no')),
  })
  await Promise.all([outbox.send(body('lost')), outbox.send(body('refused'))])
  const known = outbox.getSnapshot().map((message) => message.state === 'failed' && message.isUnknown)
  expect(known).toEqual([true, false])
})

test('only a failed message can be thrown away', async () => {
  const outbox = new Outbox({
    send: ({ id }) => (id === 'bad' ? Promise.reject(new Error('no')) : Promise.resolve(ACCEPTED)),
  })
  await Promise.all([outbox.send(body('bad')), outbox.send(body('good'))])
  outbox.discard('good')
  outbox.discard('bad')
  expect(states(outbox)).toEqual(['good accepted'])
})

test('an answer that comes after the timeline showed the message brings it not back', async () => {
  let answer: (accepted: MessageAccepted) => void = () => undefined
  const outbox = new Outbox({
    send: () =>
      new Promise((resolve) => {
        answer = resolve
      }),
  })
  const sending = outbox.send(body('a'))
  outbox.settle(() => true)
  answer(ACCEPTED)
  await sending
  expect(states(outbox)).toEqual([])
})

/** The part of a browser's storage that drafts use. */
class MemoryStorage {
  readonly items = new Map<string, string>()
  isFull = false

  getItem(key: string): string | null {
    return this.items.get(key) ?? null
  }
  setItem(key: string, value: string): void {
    if (this.isFull) throw new DOMException('no room', 'QuotaExceededError')
    this.items.set(key, value)
  }
  removeItem(key: string): void {
    this.items.delete(key)
  }
}

test('a draft is kept for its conversation, across pages, until it is empty', () => {
  const storage = new MemoryStorage()
  const drafts = new Drafts('local', storage)
  drafts.write({ kind: 'room', id: 'a' }, 'for a')
  drafts.write({ kind: 'dm', id: 'a' }, 'for the dm')
  const later = new Drafts('local', storage)
  expect(later.read({ kind: 'room', id: 'a' })).toBe('for a')
  expect(later.read({ kind: 'dm', id: 'a' })).toBe('for the dm')
  expect(new Drafts('other', storage).read({ kind: 'room', id: 'a' })).toBe('')
  later.write({ kind: 'room', id: 'a' }, '')
  expect(new Drafts('local', storage).read({ kind: 'room', id: 'a' })).toBe('')
})

test('a draft that the storage has no room for is kept by the page, and no older one comes back', () => {
  const storage = new MemoryStorage()
  const drafts = new Drafts('local', storage)
  drafts.write({ kind: 'room', id: 'a' }, 'old')
  storage.isFull = true
  drafts.write({ kind: 'room', id: 'a' }, 'new')
  expect(drafts.read({ kind: 'room', id: 'a' })).toBe('new')
  expect(new Drafts('local', storage).read({ kind: 'room', id: 'a' })).toBe('')
})

test('the room in a message is told near its limit, in bytes of the request', () => {
  const bodyOf = (text: string) => ({ parts: [{ kind: 'text', text }] })
  expect(roomLeft('x'.repeat(100_000), bodyOf)).toEqual({ kind: 'plenty' })
  expect(roomLeft('x'.repeat(500_000), bodyOf)).toEqual({ kind: 'plenty' })
  const near = roomLeft('x'.repeat(1_000_000), bodyOf)
  expect(near).toEqual({
    kind: 'near',
    bytesLeft: 1_048_576 - 1_000_000 - '{"parts":[{"kind":"text","text":""}]}'.length,
  })
  // Three bytes each in UTF-8.
  expect(roomLeft('€'.repeat(400_000), bodyOf)).toMatchObject({ kind: 'near', bytesLeft: expect.any(Number) })
})
