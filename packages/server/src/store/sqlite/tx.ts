import type { Database, Statement } from 'bun:sqlite'
import type { Message } from '@moltnet/protocol'
import type { MentionNames, RoomFields, RoomSnapshot } from '../../domain/room.ts'
import type {
  AgentRecord,
  EventDraft,
  LogEntry,
  MessageDraft,
  StoredDm,
  StoredMessage,
  StoredThread,
  Tx,
} from '../port.ts'
import type { ConsumerTx } from '../consumer-port.ts'
import { AgentRows, AgentWriter } from './agents.ts'
import type { InstantClock } from './clock.ts'
import { ConversationRows, ConversationWriter } from './conversations.ts'
import { DeclarationRows } from './declarations.ts'
import { eventIdAt, LogRows, MessageEntry, PlainEntry } from './log-rows.ts'
import { MessageRows, MessageWriter } from './messages.ts'
import type { RoomCache } from './room-cache.ts'
import { RoomRows, RoomWriter } from './rooms.ts'

/** What the writer of a log starts from. */
export interface WriterState {
  readonly identity: { readonly epoch: string; readonly networkId: string; readonly legacyHead: number }
  readonly names: MentionNames
  readonly rooms: RoomCache
  readonly clock: InstantClock
  /** Position of the newest entry. */
  readonly head: number
}

/** The one writer of a database: one object for its life, used by one work after another. */
export class SqliteTx implements Omit<Tx, keyof ConsumerTx> {
  readonly #state: WriterState
  readonly #roomRows: RoomRows
  readonly #roomWriter: RoomWriter
  readonly #messageRows: MessageRows
  readonly #messageWriter: MessageWriter
  readonly #conversationRows: ConversationRows
  readonly #conversationWriter: ConversationWriter
  readonly #agentRows: AgentRows
  readonly #agentWriter: AgentWriter
  readonly #declarations: DeclarationRows
  readonly #log: LogRows
  readonly #insertEvent: Statement
  readonly #setMeta: Statement
  readonly #trimEvents: Statement
  /** Entries of the running batch. */
  #entries: LogEntry[] = []
  #committedHead: number
  /** How many of the entries belong to works that have ended. */
  #workStart = 0
  /** The last instant given out in this batch; undefined: none. */
  #instant: string | undefined

  constructor(db: Database, state: WriterState) {
    const { identity, names } = state
    this.#state = state
    this.#committedHead = state.head
    this.#roomRows = new RoomRows(db, names)
    this.#roomWriter = new RoomWriter(db, names)
    this.#messageRows = new MessageRows(db, identity)
    this.#messageWriter = new MessageWriter(db)
    this.#conversationRows = new ConversationRows(db, identity.networkId)
    this.#conversationWriter = new ConversationWriter(db, identity.networkId)
    this.#agentRows = new AgentRows(db, identity.networkId)
    this.#agentWriter = new AgentWriter(db, identity.networkId)
    this.#declarations = new DeclarationRows(db)
    this.#log = new LogRows(db, identity)
    this.#insertEvent = db.query(
      'INSERT INTO events (position, type, created_at, scope, json) VALUES (?, ?, ?, ?, ?)',
    )
    this.#setMeta = db.query('UPDATE meta SET value = ? WHERE key = ?')
    this.#trimEvents = db.query('DELETE FROM events WHERE position < ?')
  }

  now(): string {
    this.#instant = this.#state.clock.next()
    return this.#instant
  }

  async append(draft: EventDraft): Promise<LogEntry> {
    const { identity } = this.#state
    const { scope, type, ...payload } = draft
    const position = this.#nextPosition()
    const createdAt = this.now()
    const id = eventIdAt(identity.epoch, position)
    const json = JSON.stringify({
      id,
      type,
      network_id: identity.networkId,
      ...payload,
      created_at: createdAt,
    })
    const entry = new PlainEntry(identity, { position, type, createdAt, json, scope })
    this.#insertEvent.run(position, type, createdAt, JSON.stringify(scope), json)
    this.#entries.push(entry)
    return entry
  }

  async room(id: string): Promise<RoomSnapshot | undefined> {
    return this.#state.rooms.current(id, (missing) => this.#roomRows.load(missing))
  }

  async roomIdsOfAgent(agent: string): Promise<readonly string[]> {
    return this.#roomRows.idsOfAgent(agent)
  }

  async putRoom(fields: RoomFields): Promise<RoomSnapshot> {
    const room = this.#roomWriter.put(fields, await this.room(fields.id))
    this.#state.rooms.change(room)
    return room
  }

  async message(id: string): Promise<StoredMessage | undefined> {
    return this.#messageRows.find(id)
  }

  async insertMessage(draft: MessageDraft, check?: (entry: LogEntry) => void): Promise<LogEntry> {
    const createdAt = this.now()
    const message: Message = { ...draft.message, created_at: createdAt }
    const json = JSON.stringify(message)
    const position = this.#nextPosition()
    const { scope } = draft
    const entry = new MessageEntry(this.#state.identity, { position, createdAt, json, message, scope })
    check?.(entry)
    this.#messageWriter.insert(entry, draft.credentialKey, draft.artifacts)
    const { target } = message
    if (target.kind === 'thread') this.#conversationWriter.countThread(target.thread_id, createdAt)
    else if (target.kind === 'dm') this.#conversationWriter.countDm(target.dm_id, createdAt)
    this.#entries.push(entry)
    return entry
  }

  async thread(id: string): Promise<StoredThread | undefined> {
    return this.#conversationRows.thread(id)
  }

  async dm(id: string): Promise<StoredDm | undefined> {
    return this.#conversationRows.dm(id)
  }

  async insertThread(thread: {
    id: string
    roomId: string
    parentMessageId: string | undefined
  }): Promise<void> {
    this.#conversationWriter.insertThread(thread)
  }

  async insertDm(dm: { id: string; participants: readonly string[] }): Promise<void> {
    this.#conversationWriter.insertDm(dm)
  }

  async leaveDms(agent: string): Promise<void> {
    this.#conversationWriter.leaveDms(agent, this.now())
  }

  async agent(agentId: string): Promise<AgentRecord | undefined> {
    return this.#agentRows.agent(agentId)
  }

  async agentOfCredential(credentialKey: string): Promise<AgentRecord | undefined> {
    return this.#agentRows.agentOfCredential(credentialKey)
  }

  async putAgent(record: AgentRecord): Promise<void> {
    this.#agentWriter.put(record)
  }

  async deleteAgent(agentId: string): Promise<void> {
    this.#agentWriter.delete(agentId)
  }

  async declaration(kind: 'room' | 'agent', id: string): Promise<string | undefined> {
    return this.#declarations.get(kind, id)
  }

  async putDeclaration(kind: 'room' | 'agent', id: string, digest: string): Promise<void> {
    this.#declarations.put(kind, id, digest)
  }

  async trimLog(position: number, limit: number): Promise<number> {
    const floor = this.#log.floor()
    // The newest entry stays: it carries the last position and time.
    const wanted = Math.min(position, floor + limit, this.#committedHead)
    if (wanted <= floor) return floor
    this.#trimEvents.run(wanted)
    this.#setMeta.run(String(wanted), 'log_floor')
    return wanted
  }

  /** Position of the newest committed entry. */
  get head(): number {
    return this.#committedHead
  }

  /** The running work is part of the batch now. */
  keepWork(): void {
    this.#workStart = this.#entries.length
    this.#state.rooms.keepWork()
  }

  /** Takes back what the running work did in memory; its savepoint does the rest. */
  undoWork(): void {
    this.#entries.length = this.#workStart
    this.#state.rooms.undoWork()
  }

  /**
   * Last write of a batch: keeps the newest instant where no entry carries it, so that times go on
   * rising after a restart.
   */
  finish(): void {
    if (this.#instant === undefined || this.#instant === this.#entries.at(-1)?.createdAt) return
    this.#setMeta.run(this.#instant, 'clock')
  }

  /** Moves the head; call after the commit. */
  commit(): { entries: readonly LogEntry[]; rooms: readonly RoomSnapshot[] } {
    const entries = this.#entries
    this.#committedHead += entries.length
    this.#startBatch()
    return { entries, rooms: this.#state.rooms.commit() }
  }

  rollback(): void {
    this.#startBatch()
    this.#state.rooms.rollback()
  }

  #startBatch(): void {
    this.#entries = []
    this.#workStart = 0
    this.#instant = undefined
  }

  #nextPosition(): number {
    return this.#committedHead + this.#entries.length + 1
  }
}
