import type { EventId, EventOf, EventType, Message, PageQuery, PartKind } from '@moltnet/protocol'
import type { ReadFilter } from '../domain/access.ts'
import type { RoomFields, RoomSnapshot } from '../domain/room.ts'
import type { ConsumerReader, ConsumerTx } from './consumer-port.ts'

/** Where everything durable lives. One writer, any number of readers of committed state. */
export interface Store {
  readonly kind: 'sqlite' | 'memory'
  readonly networkId: string
  /** 8 hex digits made with the log; part of every event id. */
  readonly epoch: string
  /** Committed state only. */
  readonly read: Reader
  /** Position of the newest committed log entry; 0 for an empty log. */
  readonly head: number
  /**
   * Runs `work` and resolves once its commit is durable. Works of one turn of the loop share a commit,
   * run one after another, and each is rolled back alone when it throws; the promise then rejects with
   * what was thrown, or with {@link StoreFailed}. `work` awaits nothing but its `tx`.
   */
  transact<T>(work: (tx: Tx) => Promise<T>): Promise<T>
  /**
   * Calls `listener` synchronously after each commit that changed the log or a room, before any
   * `transact` of that commit resolves. Listeners must not throw.
   */
  onCommit(listener: (commit: Commit) => void): void
  /** Resolves when a commit failed in a way that leaves its durability unknown. Nothing is acknowledged afterwards. */
  readonly failed: Promise<Error>
  /** Counts of commits since start, for metrics. */
  readonly stats: StoreStats
  /** Waits for running work, then releases files and locks. Later calls reject. */
  close(): Promise<void>
}

/**
 * `unavailable`: nothing was written (no space, or another program holds the file) and a later write may
 * succeed. `failed`: it is unknown what reached the disk; the process must end. `closed`: stopped.
 */
export type StoreFailure = 'unavailable' | 'failed' | 'closed'

/** Why nothing is written any more, or for now. */
export class StoreFailed extends Error {
  override readonly name = 'StoreFailed'
  readonly reason: StoreFailure

  constructor(reason: StoreFailure, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.reason = reason
  }
}

/** A store that cannot be opened; the message says which file and what to do. */
export class StoreOpenError extends Error {
  override readonly name = 'StoreOpenError'
}

/** Running totals. */
export interface StoreStats {
  readonly commits: number
  readonly works: number
  /** Sum of the time spent in commits (the fsync), in seconds. */
  readonly commitSeconds: number
  /** Called once per commit, if set, with its size in works and its time in seconds. */
  observe: ((works: number, commitSeconds: number) => void) | undefined
}

/** What one commit changed. */
export interface Commit {
  /** In log order. */
  readonly entries: readonly LogEntry[]
  /** Rooms whose snapshot was replaced, as they are now. */
  readonly rooms: readonly RoomSnapshot[]
}

/** One entry of the log. */
export interface LogEntry {
  readonly position: number
  readonly id: EventId
  readonly type: EventType
  readonly createdAt: string
  readonly scope: EventScope
  /** The whole event, encoded once. */
  readonly json: string
  /** `message.created` only; parsed on first use when the entry was read from disk. */
  readonly message: Message | undefined
}

/** What an event belongs to: decides who may receive it. */
export type EventScope =
  | { readonly kind: 'room'; readonly roomId: string; readonly threadId?: string }
  | { readonly kind: 'dm'; readonly dmId: string; readonly participants: readonly string[] }
  | { readonly kind: 'agent'; readonly agentId: string }
  | { readonly kind: 'network' }

/** Types that {@link Tx.append} takes: messages have {@link MessageTx.insertMessage}, gaps are never stored. */
export type AppendedType = Exclude<EventType, 'message.created' | 'stream.replay_gap'>

/** An event before it has its position: scope, type and payload. */
export type EventDraft = {
  [T in AppendedType]: { readonly scope: EventScope } & Omit<EventOf<T>, 'id' | 'network_id' | 'created_at'>
}[AppendedType]

/** Everything a write may do. Valid only while its `work` runs. */
export interface Tx extends RoomTx, ConversationTx, AgentTx, DeclarationTx, LogTx, ConsumerTx {
  /** A new instant: later than every earlier one of this store, whatever the clock does. */
  now(): string
  /** Appends an event; position, id and time are made here. */
  append(draft: EventDraft): Promise<LogEntry>
}

/** Everything a read may ask. */
export interface Reader extends RoomReader, ConversationReader, AgentReader, LogReader, ConsumerReader {
  /** Rejects when the store does not answer or cannot take writes. */
  ping(): Promise<void>
}

/** A part of an ordered list: ascending items, and whether there are more in the asked direction. */
export interface Slice<T> {
  readonly items: readonly T[]
  readonly more: boolean
}

/** Reads of rooms. Removed rooms have `removedAt` set and are in no list. */
export interface RoomReader {
  room(id: string): Promise<RoomSnapshot | undefined>
  /** By id. An unknown cursor throws `unprocessable_entity`. */
  listRooms(query: PageQuery, filter: ReadFilter): Promise<Slice<RoomSnapshot>>
  /** Ids of the live rooms of an agent, sorted. */
  roomIdsOfAgent(agent: string): Promise<readonly string[]>
}

export interface RoomTx {
  room(id: string): Promise<RoomSnapshot | undefined>
  roomIdsOfAgent(agent: string): Promise<readonly string[]>
  /** Inserts or replaces a room; writes only what differs from the stored one. */
  putRoom(fields: RoomFields): Promise<RoomSnapshot>
}

/** A stored message as text, ready to be joined into an answer. */
export interface MessageItem {
  readonly position: number
  readonly id: string
  /** The encoded `Message`. */
  readonly json: string
}

/** A stored message with what idempotency needs. */
export interface StoredMessage {
  readonly message: Message
  readonly eventId: EventId
  /** Key of the credential that sent it; null when it is not known (migrated from v1). */
  readonly credentialKey: string | null
}

export interface StoredThread {
  readonly id: string
  readonly roomId: string
  readonly parentMessageId: string | undefined
  readonly messageCount: number
  readonly lastMessageAt: string | undefined
}

export interface StoredDm {
  readonly id: string
  /** As stored, sorted; also those that were removed as agents. */
  readonly participants: readonly string[]
  /** Those that were not removed: who reads and writes. */
  readonly present: readonly string[]
  readonly messageCount: number
  readonly lastMessageAt: string | undefined
}

/** A message part that is listed on its own, as encoded `Artifact`. */
export interface ArtifactItem {
  readonly id: string
  readonly json: string
}

/** What history is asked of. */
export type HistoryOf =
  | { readonly kind: 'room'; readonly id: string }
  | { readonly kind: 'thread'; readonly id: string }
  | { readonly kind: 'dm'; readonly id: string }

export interface ConversationReader {
  /** Messages whose target is exactly this conversation, by position. */
  listMessages(of: HistoryOf, query: PageQuery): Promise<Slice<MessageItem>>
  /** Artifacts, by position of their message and part; a room includes its threads. */
  listArtifacts(of: HistoryOf, query: PageQuery): Promise<Slice<ArtifactItem>>
  message(id: string): Promise<StoredMessage | undefined>
  thread(id: string): Promise<StoredThread | undefined>
  /** By id. */
  listThreads(roomId: string, query: PageQuery): Promise<Slice<StoredThread>>
  dm(id: string): Promise<StoredDm | undefined>
  /** By id. */
  listDms(query: PageQuery, filter: ReadFilter): Promise<Slice<StoredDm>>
}

/** A message that is complete but for its time and position. */
export interface MessageDraft {
  readonly message: Omit<Message, 'created_at'>
  readonly scope: EventScope
  readonly credentialKey: string
  readonly artifacts: readonly ArtifactDraft[]
}

export interface ArtifactDraft {
  readonly partIndex: number
  readonly kind: PartKind
  readonly mediaType: string | undefined
  readonly filename: string | undefined
  readonly url: string | undefined
}

export interface ConversationTx {
  message(id: string): Promise<StoredMessage | undefined>
  thread(id: string): Promise<StoredThread | undefined>
  dm(id: string): Promise<StoredDm | undefined>
  insertThread(thread: { id: string; roomId: string; parentMessageId: string | undefined }): Promise<void>
  insertDm(dm: { id: string; participants: readonly string[] }): Promise<void>
  /** Takes an agent (any notation) out of its DMs: whoever has its id later sees none of them. */
  leaveDms(agent: string): Promise<void>
  /**
   * Stores a message with its artifacts, counts it in its thread or DM, and appends its
   * `message.created`. The id must be free. `check`, when given, sees the entry before it is written
   * and may throw to refuse it.
   */
  insertMessage(draft: MessageDraft, check?: (entry: LogEntry) => void): Promise<LogEntry>
}

/** A registered agent of this network. */
export interface AgentRecord {
  readonly agentId: string
  readonly actorUid: string
  readonly actorUri: string
  readonly displayName: string | undefined
  /** Key of the credential that owns the id; null: the next claim takes it over. */
  readonly credentialKey: string | null
  readonly createdAt: string
  readonly updatedAt: string
}

/** One agent of the union of room members and registered agents. */
export interface AgentEntry {
  /** `alpha` for an agent of this network, `net_b:alpha` for one of another. */
  readonly key: string
  readonly registration: AgentRecord | undefined
  /** Its live rooms that the filter shows, sorted. */
  readonly roomIds: readonly string[]
}

export interface AgentReader {
  /** The registration of a local id. */
  agent(agentId: string): Promise<AgentRecord | undefined>
  /** The agent that owns a credential key, if exactly that key is registered. */
  agentOfCredential(credentialKey: string): Promise<AgentRecord | undefined>
  /** By id; the union of room members and registered agents. */
  listAgents(query: PageQuery, filter: ReadFilter): Promise<Slice<AgentEntry>>
  /** One entry of that union, in any notation; undefined when it is in neither set. */
  agentEntry(agent: string): Promise<AgentEntry | undefined>
}

export interface AgentTx {
  agent(agentId: string): Promise<AgentRecord | undefined>
  agentOfCredential(credentialKey: string): Promise<AgentRecord | undefined>
  /** Inserts or replaces a registration. */
  putAgent(record: AgentRecord): Promise<void>
  /** Deletes a registration. */
  deleteAgent(agentId: string): Promise<void>
}

/** What of the configuration was applied last, so that an unchanged entry is left alone. */
export interface DeclarationTx {
  declaration(kind: 'room' | 'agent', id: string): Promise<string | undefined>
  putDeclaration(kind: 'room' | 'agent', id: string, digest: string): Promise<void>
}

export interface LogReader {
  /** Entries after `after`, ascending and contiguous within what retention keeps. */
  readLog(after: number, limit: number): Promise<readonly LogEntry[]>
  /** Oldest kept and newest position; `oldest` is `newest + 1` when nothing is kept. */
  logBounds(): Promise<{ oldest: number; newest: number }>
  /** Position of the newest entry not later than `createdAt`; 0 when there is none. */
  positionAt(createdAt: string): Promise<number>
}

export interface LogTx {
  /**
   * Forgets entries below `position`, at most `limit` of them; messages themselves stay. Resolves with
   * the oldest kept position.
   */
  trimLog(position: number, limit: number): Promise<number>
}
