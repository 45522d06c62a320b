import { HttpError, type ListQuery } from '@moltnet/client'
import type { Message, MessagePage } from '@moltnet/protocol'
import { describe, expect, test } from 'bun:test'
import { ConversationLog, LOG_LIMITS } from '../src/data/conversation-log.ts'
import { History } from './support/history.ts'

/** A load that answers when it is told to. */
function gated(history: History) {
  const waiting: (() => void)[] = []
  const load = async (query: ListQuery): Promise<MessagePage> => {
    const page = history.page(query)
    await new Promise<void>((resolve) => waiting.push(resolve))
    return page
  }
  const answer = async () => {
    waiting.shift()?.()
    await settled()
  }
  return { load, answer }
}

/** Lets everything run that waits for nothing but a promise. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve()
}

const idsOf = (log: ConversationLog) => log.getSnapshot().messages.map(({ id }): string => id)
const whole = (history: History) => history.messages.map(({ id }): string => id)

async function opened(history: History): Promise<ConversationLog> {
  const log = new ConversationLog(history.load)
  log.subscribe(() => undefined)
  await log.begin()
  return log
}

describe('a conversation that is opened', () => {
  test('begins with its newest page and pages back to its first message', async () => {
    const history = new History(LOG_LIMITS.newest + LOG_LIMITS.page + 3)
    const log = await opened(history)
    expect(idsOf(log)).toEqual(whole(history).slice(-LOG_LIMITS.newest))
    log.loadOlder()
    expect(log.getSnapshot().older.kind).toBe('loading')
    await settled()
    log.loadOlder()
    await settled()
    expect(idsOf(log)).toEqual(whole(history))
    expect(log.getSnapshot().older.kind).toBe('end')
  })

  test('appends what the stream brings, each message once', async () => {
    const history = new History(3)
    const log = await opened(history)
    const [first, second] = [history.add(), history.add()]
    log.append([first])
    log.append([first, second, second])
    expect(idsOf(log)).toEqual(whole(history))
  })

  test('loses no message that comes while its first page is on the way', async () => {
    const history = new History(2)
    const { load, answer } = gated(history)
    const log = new ConversationLog(load)
    const begun = log.begin()
    const late = history.add()
    log.append([late])
    await answer()
    await begun
    expect(idsOf(log)).toEqual(whole(history))
  })

  test('says why nothing could be loaded, and tries again when asked', async () => {
    const history = new History(2)
    history.failure = new HttpError({ status: 503, code: 'x', message: 'too busy', retryable: true })
    const log = await opened(history)
    expect(log.getSnapshot().older).toEqual({ kind: 'failed', message: 'too busy' })
    history.failure = undefined
    log.loadOlder()
    await settled()
    expect(idsOf(log)).toEqual(whole(history))
  })
})

describe('a jump to a message', () => {
  test('makes the stretch around it, which becomes live at its end', async () => {
    const history = new History(500)
    const log = await opened(history)
    const wanted = history.messages[100] as Message
    expect(await log.loadAround(wanted.id)).toBe(true)
    expect(idsOf(log)).toContain(wanted.id)
    expect(log.getSnapshot().newer.kind).toBe('more')
    log.append([history.add()])
    expect(idsOf(log)).not.toContain(whole(history).at(-1) as string)
    while (log.getSnapshot().newer.kind === 'more') {
      log.loadNewer()
      await settled()
    }
    const all = whole(history)
    expect(idsOf(log)).toEqual(all.slice(all.indexOf(idsOf(log)[0] as string)))
    log.append([history.add()])
    expect(idsOf(log).at(-1)).toBe(whole(history).at(-1) as string)
  })

  test.each([0, 1, 499])('finds the message with number %i', async (index) => {
    const history = new History(500)
    const log = await opened(history)
    const wanted = history.messages[index] as Message
    expect(await log.loadAround(wanted.id)).toBe(true)
    expect(log.has(wanted.id)).toBe(true)
  })

  test('finds the only message', async () => {
    const history = new History(1)
    const log = new ConversationLog(history.load)
    expect(await log.loadAround(whole(history)[0] as string)).toBe(true)
    expect(idsOf(log)).toEqual(whole(history))
  })

  test('to an unknown message leaves the stretch as it is', async () => {
    const history = new History(5)
    const log = await opened(history)
    expect(await log.loadAround('msg_of_nobody')).toBe(false)
    expect(idsOf(log)).toEqual(whole(history))
    expect(log.getSnapshot().newer.kind).toBe('end')
  })

  test('loses no message that comes while it is on the way', async () => {
    const history = new History(300)
    const { load, answer } = gated(history)
    const log = new ConversationLog(load)
    const begun = log.begin()
    await answer()
    await begun
    const wanted = history.messages[290 - LOG_LIMITS.newest] as Message
    const jump = log.loadAround(wanted.id)
    await answer()
    const late = history.add()
    log.append([late])
    await answer()
    expect(await jump).toBe(true)
    while (log.getSnapshot().newer.kind !== 'end') {
      log.loadNewer()
      await answer()
    }
    expect(idsOf(log)).toContain(late.id)
  })
})

describe('a conversation that missed events', () => {
  test('catches up after its newest message', async () => {
    const history = new History(20)
    const log = await opened(history)
    for (let count = 0; count < LOG_LIMITS.page + 10; count++) history.add()
    await log.catchUp()
    expect(idsOf(log)).toEqual(whole(history))
  })

  test('starts again from the newest page when it missed too much', async () => {
    const history = new History(20)
    const log = await opened(history)
    for (let count = 0; count < LOG_LIMITS.missed + LOG_LIMITS.page; count++) history.add()
    await log.catchUp()
    expect(idsOf(log)).toEqual(whole(history).slice(-LOG_LIMITS.newest))
    expect(log.getSnapshot().older.kind).toBe('more')
  })

  test('loads what could not be loaded before', async () => {
    const history = new History(20)
    history.failure = new HttpError({ status: 503, code: 'x', message: 'too busy', retryable: true })
    const log = await opened(history)
    history.failure = undefined
    await log.catchUp()
    expect(idsOf(log)).toEqual(whole(history))
  })

  test('starts again when the server does not know its newest message', async () => {
    const history = new History(20)
    const log = await opened(history)
    history.messages.splice(0, 20, ...new History(3, 'other').messages)
    await log.catchUp()
    expect(idsOf(log)).toEqual(whole(history))
  })
})

test('a conversation that nobody looks at keeps only its newest messages', async () => {
  const history = new History(1_000)
  const log = new ConversationLog(history.load)
  const leave = log.subscribe(() => undefined)
  await log.begin()
  for (let page = 0; page < 3; page++) {
    log.loadOlder()
    await settled()
  }
  expect(idsOf(log).length).toBeGreaterThan(LOG_LIMITS.unwatched)
  leave()
  expect(idsOf(log)).toEqual(whole(history).slice(-LOG_LIMITS.unwatched))
  expect(log.getSnapshot().older.kind).toBe('more')
})
