import { describe, expect, test } from 'bun:test'
import type { Message, Target } from '@moltnet/protocol'
import { Lanes } from '../src/attachment/lanes.ts'
import type { LaneItem, LanesOptions, Turn, TurnEnd } from '../src/attachment/lanes.ts'
import { until } from './support/temp.ts'

function message(id: string, room = 'a', text = 'hello'): Message {
  const target = { kind: 'room', room_id: room } as Target
  return { id, target, parts: [{ kind: 'text', text }], created_at: id } as Message
}

interface Running {
  turn: Turn<string>
  ids: string[]
  end(end?: TurnEnd): void
}

/** Lanes whose turns the test ends by hand. Events are strings. */
function lanes(options: Partial<LanesOptions<string>> = {}) {
  const started: Running[] = []
  const given: string[][] = []
  const redelivered: string[] = []
  const subject = new Lanes<string>({
    maxConcurrent: 4,
    run: (turn) =>
      new Promise((resolve) => {
        const ids = turn.items.map((item) => item.message.id)
        started.push({ turn, ids, end: (end = { type: 'done' }) => resolve(end) })
      }),
    giveBack: (items: readonly LaneItem<string>[]) => given.push(items.map((item) => item.event)),
    onRedelivered: (item) => redelivered.push(item.event),
    ...options,
  })
  const add = (id: string, room?: string, text?: string) =>
    subject.add(message(id, room, text), `event ${id}`)
  const turn = (n: number) => until(`turn ${n}`, () => started[n - 1], 1000)
  return { subject, started, given, redelivered, add, turn, ids: () => started.map((run) => run.ids) }
}

const RETURNED: TurnEnd = { type: 'returned' }

describe('lanes', () => {
  test('run one turn of a conversation at a time and batch what arrives meanwhile, in order', async () => {
    const { add, turn, ids, started } = lanes()
    for (const id of ['m1', 'm2', 'm3', 'm4']) add(id)
    expect(ids()).toEqual([['m1']])
    started[0]?.end()
    await turn(2)
    expect(ids()).toEqual([['m1'], ['m2', 'm3', 'm4']])
  })

  test('put what arrives together into one turn when their start is put off', async () => {
    const starts: (() => void)[] = []
    const { add, ids } = lanes({ defer: (start) => starts.push(start) })
    for (const [id, room] of [
      ['a1', 'a'],
      ['b1', 'b'],
      ['a2', 'a'],
    ] as const)
      add(id, room)
    expect(ids()).toEqual([])
    expect(starts).toHaveLength(1)
    starts[0]?.()
    expect(ids()).toEqual([['a1', 'a2'], ['b1']])
  })

  test('run different conversations side by side, up to the limit, and serve them in turn', async () => {
    const { add, turn, ids, started, subject } = lanes({ maxConcurrent: 2 })
    for (const [id, room] of [
      ['a1', 'a'],
      ['a2', 'a'],
      ['b1', 'b'],
      ['c1', 'c'],
      ['d1', 'd'],
    ] as const)
      add(id, room)
    expect(ids()).toEqual([['a1'], ['b1']])
    expect(subject.running).toBe(2)
    expect(subject.waiting).toBe(3)
    started[0]?.end()
    await turn(3)
    started[2]?.end()
    await turn(4)
    started[3]?.end()
    await turn(5)
    expect(ids()).toEqual([['a1'], ['b1'], ['c1'], ['d1'], ['a2']])
  })

  test('put at most 32 messages into a turn', async () => {
    const { add, turn, started } = lanes()
    for (let n = 0; n <= 70; n++) add(`m${n}`)
    started[0]?.end()
    ;(await turn(2)).end()
    ;(await turn(3)).end()
    await turn(4)
    expect(started.map((run) => run.ids.length)).toEqual([1, 32, 32, 6])
  })

  test('put at most 64 kB into a turn, but take a bigger message alone', async () => {
    const { add, turn, ids, started } = lanes()
    add('first')
    const half = 'ü'.repeat(16_384)
    add('h1', 'a', half)
    add('h2', 'a', half)
    add('small')
    add('huge', 'a', 'x'.repeat(200_000))
    add('last')
    started[0]?.end()
    for (const n of [2, 3, 4]) (await turn(n)).end()
    await turn(5)
    expect(ids()).toEqual([['first'], ['h1', 'h2'], ['small'], ['huge'], ['last']])
  })

  test('take a redelivered message once and answer its newest event', async () => {
    const { subject, add, turn, started, redelivered } = lanes()
    add('m1')
    add('m2')
    subject.add(message('m1'), 'second event m1')
    subject.add(message('m2'), 'second event m2')
    expect(redelivered).toEqual(['second event m1'])
    expect(started[0]?.turn.items[0]?.event).toBe('second event m1')
    started[0]?.end()
    expect((await turn(2)).turn.items.map((item) => item.event)).toEqual(['second event m2'])
    expect(started).toHaveLength(2)
  })
})

describe('a batch that was returned to the server', () => {
  test('is tried again with the same messages and no new ones; those behind it go back too', async () => {
    const { subject, add, turn, given, started } = lanes()
    add('m0')
    add('m1')
    add('m2')
    started[0]?.end()
    const second = await turn(2)
    add('m3')
    second.end(RETURNED)
    await until('m3 given back', () => given.length > 0)
    expect(given).toEqual([['event m3']])
    expect(subject.waiting).toBe(0)

    subject.add(message('m1'), 'again m1')
    const retry = await turn(3)
    expect(retry.ids).toEqual(['m1', 'm2'])
    expect(retry.turn.attempt).toBe(2)
    expect(retry.turn.items.map((item) => item.event)).toEqual(['again m1', 'event m2'])
    subject.add(message('m2'), 'again m2')
    subject.add(message('m3'), 'again m3')
    expect(retry.turn.items.map((item) => item.event)).toEqual(['again m1', 'again m2'])
    retry.end()
    expect((await turn(4)).ids).toEqual(['m3'])
  })

  test('is followed by what waited behind it, in one turn, however the server sends that', async () => {
    const { subject, add, turn, given } = lanes()
    for (const id of ['m1', 'm2', 'm3', 'm4']) add(id)
    ;(await turn(1)).end(RETURNED)
    await until('the return', () => given.length > 0)
    subject.add(message('m1'), 'again m1')
    const failed = await turn(2)
    failed.end(RETURNED)
    await until('the end of the turn', () => subject.running === 0)
    subject.add(message('m1'), 'third m1')
    ;(await turn(3)).end()
    await until('the end of the turn', () => subject.running === 0)
    subject.add(message('m2'), 'again m2')
    const rest = await turn(4)
    expect(rest.turn.items.map((item) => item.event)).toEqual(['again m2', 'event m3', 'event m4'])
    rest.end()
    await subject.idle()
    expect(subject.waiting).toBe(0)
  })

  test('loses the messages that the server has ended meanwhile', async () => {
    const { subject, add, turn, given, started } = lanes()
    add('m0')
    for (const id of ['m1', 'm2', 'm3']) add(id)
    started[0]?.end()
    ;(await turn(2)).end(RETURNED)
    await until('the end of the turn', () => subject.running === 0)
    subject.add(message('m2'), 'on its way m2')
    expect(given).toEqual([['on its way m2']])
    subject.add(message('m2'), 'again m2')
    const rest = await turn(3)
    expect(rest.ids).toEqual(['m2'])
    expect(rest.turn.attempt).toBe(2)
    rest.end()
    await until('the end of the turn', () => subject.running === 0)
    subject.add(message('m3'), 'again m3')
    expect((await turn(4)).ids).toEqual(['m3'])
  })

  test('keeps the order of the server when one of its messages stood there out of it', async () => {
    const { subject, add, turn, given, started, ids } = lanes()
    add('m3')
    // An operator had m1 tried again, after the agent had got m3 and m4.
    for (const id of ['m4', 'm5', 'm1', 'm6']) add(id)
    started[0]?.end()
    ;(await turn(2)).end(RETURNED)
    await until('the end of the turn', () => subject.running === 0)
    subject.add(message('m1'), 'oldest m1')
    expect(given).toEqual([['oldest m1']])
    subject.add(message('m1'), 'again m1')
    ;(await turn(3)).end()
    await until('the end of the turn', () => subject.running === 0)
    for (const id of ['m4', 'm5', 'm6']) subject.add(message(id), `again ${id}`)
    for (const n of [4, 5]) (await turn(n)).end()
    await subject.idle()
    expect(ids()).toEqual([['m3'], ['m4', 'm5', 'm1', 'm6'], ['m1'], ['m4'], ['m5', 'm6']])
    expect(given).toHaveLength(1)
  })

  test('is tried again as a whole when a later one of its messages was on its way', async () => {
    const { subject, add, turn, given, started } = lanes()
    add('m0')
    for (const id of ['m1', 'm2']) add(id)
    started[0]?.end()
    ;(await turn(2)).end(RETURNED)
    await until('the end of the turn', () => subject.running === 0)
    subject.add(message('m2'), 'on its way m2')
    subject.add(message('m1'), 'again m1')
    expect((await turn(3)).ids).toEqual(['m1', 'm2'])
    expect(given).toEqual([['on its way m2']])
  })

  test('is not overtaken by a message that was on its way when it was returned', async () => {
    const { subject, add, turn, given, started } = lanes()
    add('m1')
    started[0]?.end(RETURNED)
    await until('the end of the turn', () => subject.running === 0)
    add('m2')
    expect(given).toEqual([['event m2']])
    expect(subject.waiting).toBe(0)
    subject.add(message('m1'), 'again m1')
    ;(await turn(2)).end()
    await until('the end of the turn', () => subject.running === 0)
    subject.add(message('m2'), 'again m2')
    expect((await turn(3)).ids).toEqual(['m2'])
    expect(started.map((run) => run.ids)).toEqual([['m1'], ['m1'], ['m2']])
  })

  test('is forgotten when the server goes on with another message', async () => {
    const { subject, add, turn, given, started } = lanes()
    add('m1')
    started[0]?.end(RETURNED)
    await until('the end of the turn', () => subject.running === 0)
    add('m9')
    expect(given).toEqual([['event m9']])
    subject.add(message('m9'), 'again m9')
    ;(await turn(2)).end()
    await until('the end of the turn', () => subject.running === 0)
    subject.add(message('m1'), 'again m1')
    expect((await turn(3)).ids).toEqual(['m1'])
    expect(started.map((run) => run.ids)).toEqual([['m1'], ['m9'], ['m1']])
  })
})

describe('a batch that is held here', () => {
  test('goes again after its wait, before newer messages, while other conversations go on', async () => {
    const { subject, add, turn, started } = lanes()
    add('m1')
    started[0]?.end({ type: 'held', retryAfterMs: 30, failure: true })
    await until('the end of the turn', () => subject.running === 0)
    add('m2')
    add('b1', 'b')
    expect((await turn(2)).ids).toEqual(['b1'])
    const retry = await turn(3)
    expect(retry.turn).toMatchObject({ attempt: 2, failures: 1 })
    expect(retry.ids).toEqual(['m1'])
    retry.end({ type: 'held', retryAfterMs: 1, failure: false })
    const third = await turn(4)
    expect(third.turn).toMatchObject({ attempt: 3, failures: 1 })
    third.end()
    expect((await turn(5)).ids).toEqual(['m2'])
  })
})

describe('a bootstrap turn', () => {
  test('runs without messages, before those of its conversation', async () => {
    const { subject, add, turn } = lanes()
    subject.addBootstrap({ kind: 'room', room_id: 'a' } as Target)
    add('m1')
    const first = await turn(1)
    expect(first.ids).toEqual([])
    first.end(RETURNED)
    expect((await turn(2)).ids).toEqual(['m1'])
  })
})

describe('stopping', () => {
  test('starts no further turn, takes nothing more and says when the running ones have ended', async () => {
    const { subject, add, started } = lanes({ maxConcurrent: 1 })
    add('m1')
    add('m2')
    add('b1', 'b')
    subject.stop()
    add('m3')
    let idle = false
    const done = subject.idle().then(() => (idle = true))
    expect(idle).toBe(false)
    started[0]?.end()
    await done
    expect(started).toHaveLength(1)
    expect(subject.waiting).toBe(0)
  })

  test('and starting over after a takeover never runs two turns of one conversation', async () => {
    const { subject, add, turn, started } = lanes({ maxConcurrent: 1 })
    add('b1', 'b')
    add('m1')
    subject.clear()
    add('m1')
    add('m2')
    started[0]?.end()
    const second = await turn(2)
    expect(second.ids).toEqual(['m1', 'm2'])
    expect(subject.running).toBe(1)
    second.end()
    await subject.idle()
    expect(started).toHaveLength(2)
  })

  test('drops a held batch: its timer starts nothing', async () => {
    const stopped = lanes()
    const other = lanes()
    for (const { add, started, subject } of [stopped, other]) {
      add('m1')
      started[0]?.end({ type: 'held', retryAfterMs: 20, failure: true })
      await until('the end of the turn', () => subject.waiting === 1)
    }
    stopped.subject.stop()
    expect(stopped.subject.waiting).toBe(0)
    // The timer of the other one was set later.
    await other.turn(2)
    expect(stopped.started).toHaveLength(1)
  })
})
