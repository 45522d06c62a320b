import type { Database, Statement } from 'bun:sqlite'
import type { PageQuery } from '@moltnet/protocol'
import type { MentionNames, RoomSnapshot } from '../../domain/room.ts'
import type { ConsumerReader } from '../consumer-port.ts'
import type { ReadFilter } from '../../domain/access.ts'
import type {
  AgentEntry,
  AgentRecord,
  ArtifactItem,
  HistoryOf,
  LogEntry,
  MessageItem,
  Reader,
  Slice,
  StoredDm,
  StoredMessage,
  StoredThread,
} from '../port.ts'
import { AgentRows } from './agents.ts'
import { ConversationRows } from './conversations.ts'
import { LogRows, positionAt } from './log-rows.ts'
import { MessageRows } from './messages.ts'
import type { RoomCache } from './room-cache.ts'
import { RoomRows } from './rooms.ts'

/** Runs a synchronous read at a moment when the connection shows committed state. */
export type ReadAt = <T>(read: () => T) => Promise<T>

/** What a reader is made from. */
export interface ReaderState {
  readonly identity: { readonly epoch: string; readonly networkId: string; readonly legacyHead: number }
  readonly names: MentionNames
  readonly rooms: RoomCache
  readonly at: ReadAt
  readonly ping: () => Promise<void>
}

/** Reads committed state; every method is one synchronous piece of work inside {@link ReadAt}. */
export class SqliteReader implements Omit<Reader, keyof ConsumerReader> {
  readonly #state: ReaderState
  readonly #rooms: RoomRows
  readonly #messages: MessageRows
  readonly #conversations: ConversationRows
  readonly #agents: AgentRows
  readonly #log: LogRows
  readonly #alive: Statement

  constructor(db: Database, state: ReaderState) {
    const { identity, names } = state
    this.#state = state
    this.#rooms = new RoomRows(db, names)
    this.#messages = new MessageRows(db, identity)
    this.#conversations = new ConversationRows(db, identity.networkId)
    this.#agents = new AgentRows(db, identity.networkId)
    this.#log = new LogRows(db, identity)
    this.#alive = db.query("SELECT 1 FROM meta WHERE key = 'epoch'")
  }

  async ping(): Promise<void> {
    await this.#state.at(() => this.#alive.get())
    await this.#state.ping()
  }

  room(id: string): Promise<RoomSnapshot | undefined> {
    return this.#state.at(() => this.#room(id))
  }

  listRooms(query: PageQuery, filter: ReadFilter): Promise<Slice<RoomSnapshot>> {
    return this.#state.at(() => this.#rooms.list(query, filter, (id) => this.#room(id)))
  }

  roomIdsOfAgent(agent: string): Promise<readonly string[]> {
    return this.#state.at(() => this.#rooms.idsOfAgent(agent))
  }

  listMessages(of: HistoryOf, query: PageQuery): Promise<Slice<MessageItem>> {
    return this.#state.at(() => this.#messages.list(of, query))
  }

  listArtifacts(of: HistoryOf, query: PageQuery): Promise<Slice<ArtifactItem>> {
    return this.#state.at(() => this.#messages.listArtifacts(of, query))
  }

  message(id: string): Promise<StoredMessage | undefined> {
    return this.#state.at(() => this.#messages.find(id))
  }

  thread(id: string): Promise<StoredThread | undefined> {
    return this.#state.at(() => this.#conversations.thread(id))
  }

  listThreads(roomId: string, query: PageQuery): Promise<Slice<StoredThread>> {
    return this.#state.at(() => this.#conversations.listThreads(roomId, query))
  }

  dm(id: string): Promise<StoredDm | undefined> {
    return this.#state.at(() => this.#conversations.dm(id))
  }

  listDms(query: PageQuery, filter: ReadFilter): Promise<Slice<StoredDm>> {
    return this.#state.at(() => this.#conversations.listDms(query, filter))
  }

  agent(agentId: string): Promise<AgentRecord | undefined> {
    return this.#state.at(() => this.#agents.agent(agentId))
  }

  agentOfCredential(credentialKey: string): Promise<AgentRecord | undefined> {
    return this.#state.at(() => this.#agents.agentOfCredential(credentialKey))
  }

  listAgents(query: PageQuery, filter: ReadFilter): Promise<Slice<AgentEntry>> {
    return this.#state.at(() => this.#agents.list(query, filter))
  }

  agentEntry(agent: string): Promise<AgentEntry | undefined> {
    return this.#state.at(() => this.#agents.entry(agent))
  }

  readLog(after: number, limit: number): Promise<readonly LogEntry[]> {
    return this.#state.at(() => this.#log.read(after, limit))
  }

  logBounds(): Promise<{ oldest: number; newest: number }> {
    return this.#state.at(() => {
      const oldest = this.#log.floor()
      return { oldest, newest: Math.max(this.#log.newest()?.position ?? 0, oldest - 1) }
    })
  }

  positionAt(createdAt: string): Promise<number> {
    return this.#state.at(() => positionAt(this.#log, createdAt))
  }

  #room(id: string): RoomSnapshot | undefined {
    return this.#state.rooms.committed(id, (missing) => this.#rooms.load(missing))
  }
}
