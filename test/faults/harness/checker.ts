import { type Counts, NO_COUNTS } from './counts.ts'
import type { Entry, Promised, Seen } from './history.ts'

/** What a history comes to. */
export interface Verdict {
  readonly counts: Counts
  /** Each thing that was counted against a bar, in words; at most {@link MOST_PROBLEMS}. */
  readonly problems: readonly string[]
}

/** Problems that are told; the counts go on. */
const MOST_PROBLEMS = 20

interface Attempt extends Seen {
  readonly writer: string
  readonly conversation: string
  readonly number: number
  /** Numbers of its writer in this conversation that were known to be stored when it began. */
  readonly after: number
  readonly index: number
  outcome: 'unknown' | 'ok' | 'refused'
  /** When it was known to be stored; infinity as long as it is not. */
  okAt: number
}

interface Reader {
  readonly promised: Promised
  /** Entries with a lower index were noted before it was ready. */
  readonly since: number
  readonly conversations: ReadonlySet<string>
  /** The ids that concern it; undefined: all of its conversations. */
  readonly concerns: Set<string> | undefined
  readonly seen: Map<string, Seen[]>
  /** For each gap that it was told of: how much of each conversation it had seen then. */
  readonly gaps: ReadonlyMap<string, number>[]
}

type Walk = Extract<Entry, { op: 'walk' }>

interface Stored {
  readonly messages: readonly Seen[]
  readonly keys: ReadonlySet<string>
  readonly positions: ReadonlyMap<string, number>
}

const NOTHING: Stored = { messages: [], keys: new Set(), positions: new Map() }

/** Goes through a history and counts, in the manner of Jepsen's total-queue checker. Pure. */
export function check(entries: readonly Entry[]): Verdict {
  const checker = new Checker()
  for (const [index, entry] of entries.entries()) checker.read(entry, index)
  return checker.verdict()
}

class Checker {
  readonly #counts: { -readonly [K in keyof Counts]: Counts[K] } = { ...NO_COUNTS }
  readonly #problems: string[] = []
  /** By id and text: the same id with another text is another operation. */
  readonly #attempts = new Map<string, Attempt>()
  readonly #readers = new Map<string, Reader>()
  readonly #walks = new Map<string, Walk[]>()
  /** What is stored, by conversation. */
  readonly #stored = new Map<string, Stored>()
  /** Highest number of a writer that is known to be stored, by writer and conversation. */
  readonly #known = new Map<string, number>()

  read(entry: Entry, index: number): void {
    switch (entry.op) {
      case 'attempt':
        return this.#begin(entry, index)
      case 'ok':
      case 'refused':
        return this.#settle(entry, index)
      case 'reader':
        this.#readers.set(entry.reader, {
          promised: entry.promised,
          since: index,
          conversations: new Set(entry.conversations),
          concerns: entry.selective === true ? new Set() : undefined,
          seen: new Map(),
          gaps: [],
        })
        return
      case 'concerns':
        this.#reader(entry.reader).concerns?.add(entry.id)
        return
      case 'seen':
        pushTo(this.#reader(entry.reader).seen, entry.conversation, entry)
        return
      case 'gap':
        this.#noteGap(this.#reader(entry.reader))
        return
      case 'walk':
        pushTo(this.#walks, entry.conversation, entry)
    }
  }

  verdict(): Verdict {
    for (const [conversation, walks] of this.#walks) {
      // A walk that began earlier can end later.
      const newest = walks.toSorted((a, b) => a.begun - b.begun).at(-1)
      const messages = newest?.messages ?? []
      const positions = new Map(messages.map(({ id }, at) => [id, at]))
      this.#stored.set(conversation, { messages, positions, keys: new Set(messages.map(keyOf)) })
    }
    for (const attempt of this.#attempts.values()) this.#judgeAttempt(attempt)
    for (const walk of [...this.#walks.values()].flat()) this.#judgeWalk(walk)
    for (const [name, reader] of this.#readers) this.#judgeReader(name, reader)
    this.#judgeWriters()
    return { counts: this.#counts, problems: this.#problems }
  }

  #begin(entry: Extract<Entry, { op: 'attempt' }>, index: number): void {
    const { writer, conversation } = entry
    const after = this.#known.get(`${writer} ${conversation}`) ?? 0
    this.#attempts.set(keyOf(entry), { ...entry, after, index, outcome: 'unknown', okAt: Infinity })
  }

  #settle(entry: Extract<Entry, { op: 'ok' | 'refused' }>, index: number): void {
    const attempt = this.#attempts.get(keyOf(entry))
    if (attempt === undefined) throw new Error(`the history has an answer for ${entry.id}, and no attempt`)
    attempt.outcome = entry.op
    if (entry.op === 'refused') return
    attempt.okAt = Math.min(attempt.okAt, index)
    const { writer, conversation, number } = attempt
    const key = `${writer} ${conversation}`
    this.#known.set(key, Math.max(this.#known.get(key) ?? 0, number))
  }

  #judgeAttempt(attempt: Attempt): void {
    const { outcome, id, conversation } = attempt
    this.#counts.attempted += 1
    const stored = this.#storedIn(conversation).keys.has(keyOf(attempt))
    if (outcome === 'ok') {
      this.#counts.acknowledged += 1
      if (!stored) this.#against('lost', `${id} of ${conversation} was acknowledged and is not stored`)
    } else if (stored && outcome === 'unknown') this.#counts.recovered += 1
    else if (stored) this.#against('failedButStored', `${id} of ${conversation} was refused and is stored`)
  }

  #judgeWalk({ conversation, messages, begun }: Walk): void {
    const ids = new Set<string>()
    for (const message of messages) {
      if (ids.has(message.id))
        this.#against('historyDuplicates', `${message.id} twice in a walk through ${conversation}`)
      ids.add(message.id)
      this.#judgeKnown(conversation, message, 'a walk')
    }
    this.#judgeOrder(conversation, messages, 'a walk')
    // What is lost for good is counted already.
    for (const message of this.#storedIn(conversation).messages) {
      if (ids.has(message.id)) continue
      const attempt = this.#attempts.get(keyOf(message))
      if (attempt !== undefined && attempt.okAt < begun)
        this.#against(
          'silentHoles',
          `a walk through ${conversation} left out ${message.id}, acknowledged before`,
        )
    }
  }

  #judgeReader(name: string, reader: Reader): void {
    for (const [conversation, sightings] of reader.seen) {
      const first = new Map(sightings.toReversed().map((message) => [message.id, message]))
      this.#counts.duplicated += sightings.length - first.size
      for (const message of sightings) this.#judgeKnown(conversation, message, name)
      const inOrder = [...new Set(sightings.map(({ id }) => id))].map((id) => first.get(id) as Seen)
      this.#judgeOrder(conversation, inOrder, name)
    }
    for (const conversation of reader.conversations) this.#judgeComplete(conversation, name, reader)
  }

  /** What is stored and was begun after the reader was ready has to be among what it saw. */
  #judgeComplete(conversation: string, name: string, reader: Reader): void {
    const seen = new Set(reader.seen.get(conversation)?.map(({ id }) => id))
    for (const message of this.#storedIn(conversation).messages) {
      const attempt = this.#attempts.get(keyOf(message))
      if (attempt === undefined || attempt.index < reader.since || seen.has(message.id)) continue
      if (reader.concerns !== undefined && !reader.concerns.has(message.id)) continue
      if (reader.promised === 'must') {
        this.#against('lost', `${message.id} of ${conversation} never reached ${name}`)
      } else if (!this.#isExcused(reader, { conversation, id: message.id })) {
        this.#against('silentHoles', `${name} was not told of ${message.id} of ${conversation}`)
      }
    }
  }

  #noteGap({ seen, gaps }: Reader): void {
    gaps.push(new Map([...seen].map(([conversation, sightings]) => [conversation, sightings.length])))
  }

  /** A gap excuses what lies between the newest message that was seen before it and the next one after it. */
  #isExcused({ seen, gaps }: Reader, { conversation, id }: { conversation: string; id: string }): boolean {
    const { positions } = this.#storedIn(conversation)
    const sightings = seen.get(conversation)?.map((message) => positions.get(message.id) ?? -1) ?? []
    const missing = positions.get(id) ?? -1
    return gaps.some((gap) => {
      const count = gap.get(conversation) ?? 0
      const before = Math.max(-1, ...sightings.slice(0, count))
      const next = sightings.slice(count).find((position) => position > before)
      return next !== undefined && before < missing && missing < next
    })
  }

  /** A message that nobody wrote, or that says something else than what was written. */
  #judgeKnown(conversation: string, message: Seen, where: string): void {
    const attempt = this.#attempts.get(keyOf(message))
    if (attempt?.conversation === conversation) return
    this.#against('unexpected', `${message.id} of ${conversation}, seen by ${where}, was written by nobody`)
  }

  #judgeOrder(conversation: string, messages: readonly Seen[], where: string): void {
    const { positions } = this.#storedIn(conversation)
    let last = { id: '', at: -1 }
    for (const { id } of messages) {
      const at = positions.get(id)
      if (at === undefined) continue
      if (at < last.at)
        this.#against('orderViolations', `${where} saw ${id} of ${conversation} after ${last.id}`)
      else last = { id, at }
    }
  }

  /** What a writer began after it knew of an earlier message is stored after it. */
  #judgeWriters(): void {
    const byNumber = new Map<string, number>()
    for (const { writer, conversation, number, id } of this.#attempts.values()) {
      const at = this.#storedIn(conversation).positions.get(id)
      if (at !== undefined) byNumber.set(`${writer} ${conversation} ${number}`, at)
    }
    for (const { writer, conversation, number, after, id } of this.#attempts.values()) {
      const own = byNumber.get(`${writer} ${conversation} ${number}`)
      const earlier = byNumber.get(`${writer} ${conversation} ${after}`)
      if (own !== undefined && earlier !== undefined && own < earlier)
        this.#against('orderViolations', `${id} of ${conversation} is stored before an earlier one`)
    }
  }

  #storedIn(conversation: string): Stored {
    return this.#stored.get(conversation) ?? NOTHING
  }

  #reader(name: string): Reader {
    const reader = this.#readers.get(name)
    if (reader === undefined) throw new Error(`the history has no reader ${name}`)
    return reader
  }

  #against(bar: keyof Counts, problem: string): void {
    this.#counts[bar] += 1
    if (this.#problems.length < MOST_PROBLEMS) this.#problems.push(`${bar}: ${problem}`)
  }
}

function pushTo<T>(lists: Map<string, T[]>, key: string, item: T): void {
  const list = lists.get(key)
  if (list === undefined) lists.set(key, [item])
  else list.push(item)
}

function keyOf({ id, text }: Seen): string {
  return `${id} ${text}`
}
