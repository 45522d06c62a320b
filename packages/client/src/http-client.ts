import {
  AgentPage,
  AgentRegistration,
  AgentSummary,
  Applied,
  ArtifactPage,
  DeliveryPage,
  DirectConversation,
  DmPage,
  MessagePage,
  MessagePreview,
  Network,
  PairingPage,
  Removed,
  Room,
  RoomPage,
  Thread,
  ThreadPage,
  Wake,
  WakePage,
  type ApplyRequest,
  type CreateRoom,
  type DeliveryState,
  type RegisterAgent,
  type UpdateRoomMembers,
  type WakeAction,
} from '@moltnet/protocol'
import { z } from 'zod'
import {
  type Call,
  type CallOptions,
  createCall,
  type HttpClientOptions,
  post,
  type Route,
} from './http-call.ts'
import { type MessageBody, type MessageSender, sendMessage } from './message-sender.ts'
import { type Plain } from './plain.ts'
import { normalizeBaseUrl, type Query } from './url.ts'

/** The part of a list that is wanted: `before` or `after` the item of that id, never both. */
export interface ListQuery {
  /** Items per page; the server's default is 100, its most 500. */
  limit?: number
  before?: string
  after?: string
}

/** A part of a list of wakes, of one state perhaps, or of those whose last text waits for an operator. */
export interface WakeListQuery extends ListQuery {
  state?: DeliveryState
  final_text?: 'held'
}

/** Whose artifacts: those of a room (its threads included), of a thread, or of a direct conversation. */
export type ArtifactSelector = { room_id: string } | { thread_id: string } | { dm_id: string }

export type RoomBody = Plain<CreateRoom>
export type RoomMembersBody = Plain<UpdateRoomMembers>
export type RegisterAgentBody = Plain<RegisterAgent>
export type ApplyBody = Plain<ApplyRequest>

/**
 * The HTTP API, typed. Every method throws an `HttpError` for an answer that is no success and a
 * `TransportError` when there was none; nothing is retried. Keys that this version does not know are left out.
 */
export interface HttpClient extends MessageSender {
  /** Normalised: no trailing slash. */
  readonly baseUrl: string
  health(options?: CallOptions): Promise<Health>
  ready(options?: CallOptions): Promise<Health>
  network(options?: CallOptions): Promise<Network>
  listRooms(query?: ListQuery, options?: CallOptions): Promise<RoomPage>
  getRoom(id: string, options?: CallOptions): Promise<Room>
  createRoom(body: RoomBody, options?: CallOptions): Promise<Room>
  removeRoom(id: string, options?: CallOptions): Promise<Removed>
  updateRoomMembers(id: string, body: RoomMembersBody, options?: CallOptions): Promise<Room>
  listRoomMessages(id: string, query?: ListQuery, options?: CallOptions): Promise<MessagePage>
  listRoomThreads(id: string, query?: ListQuery, options?: CallOptions): Promise<ThreadPage>
  getThread(id: string, options?: CallOptions): Promise<Thread>
  listThreadMessages(id: string, query?: ListQuery, options?: CallOptions): Promise<MessagePage>
  listDms(query?: ListQuery, options?: CallOptions): Promise<DmPage>
  getDm(id: string, options?: CallOptions): Promise<DirectConversation>
  listDmMessages(id: string, query?: ListQuery, options?: CallOptions): Promise<MessagePage>
  listArtifacts(selector: ArtifactSelector, query?: ListQuery, options?: CallOptions): Promise<ArtifactPage>
  listAgents(query?: ListQuery, options?: CallOptions): Promise<AgentPage>
  getAgent(id: string, options?: CallOptions): Promise<AgentSummary>
  removeAgent(id: string, options?: CallOptions): Promise<Removed>
  registerAgent(body: RegisterAgentBody, options?: CallOptions): Promise<AgentRegistration>
  /** Keeps the agent's identity and lets the next claim of its id take it over (beyond v1). */
  resetAgentToken(id: string, options?: CallOptions): Promise<AgentRegistration>
  /** Reconciles the server with a declared state; all or nothing. */
  apply(body: ApplyBody, options?: CallOptions): Promise<Applied>
  /** What sending the message now would do; stores nothing (beyond v1). */
  previewMessage(body: MessageBody, options?: CallOptions): Promise<MessagePreview>
  listPairings(query?: ListQuery, options?: CallOptions): Promise<PairingPage>
  /** What became of one message for each agent, by agent (beyond v1). */
  listDeliveries(messageId: string, query?: ListQuery, options?: CallOptions): Promise<DeliveryPage>
  listAgentWakes(agentId: string, query?: WakeListQuery, options?: CallOptions): Promise<WakePage>
  listWakes(query?: WakeListQuery, options?: CallOptions): Promise<WakePage>
  /** Approves or dismisses a held wake, delivers one after all or now, publishes or dismisses a held text. */
  operateWake(id: string, action: WakeAction, options?: CallOptions): Promise<Wake>
  /** Makes a console session of a static token: in a browser, later calls carry it as a cookie (beyond v1). */
  startConsoleSession(token: string, options?: CallOptions): Promise<SignedIn>
  endConsoleSession(options?: CallOptions): Promise<SignedOut>
}

const SignedIn = z.object({ signed_in: z.literal(true) })
export type SignedIn = z.infer<typeof SignedIn>
const SignedOut = z.object({ signed_out: z.literal(true) })
export type SignedOut = z.infer<typeof SignedOut>

/** Answer of the two probes. */
const Health = z.object({ status: z.string() })
export type Health = z.infer<typeof Health>

/** A client of the HTTP API at `options.baseUrl`. Throws a TypeError when that is not a usable URL. */
export function createHttpClient(options: HttpClientOptions): HttpClient {
  const call = createCall(options)
  return {
    baseUrl: normalizeBaseUrl(options.baseUrl),
    health: (o) => call({ path: ['healthz'] }, Health, o),
    ready: (o) => call({ path: ['readyz'] }, Health, o),
    network: (o) => call(get(['network']), Network, o),
    ...roomCalls(call),
    ...conversationCalls(call),
    ...agentCalls(call),
    ...wakeCalls(call),
    startConsoleSession: (token, o) =>
      call({ method: 'POST', path: SESSION, body: { access_token: token } }, SignedIn, o),
    endConsoleSession: (o) => call({ method: 'DELETE', path: SESSION }, SignedOut, o),
    listArtifacts: (selector, q, o) => call(get(['artifacts'], q, selector), ArtifactPage, o),
    sendMessage: sendMessage(call),
    previewMessage: (body, o) => call(post(['messages', 'preview'], body), MessagePreview, o),
    listPairings: (q, o) => call(get(['pairings'], q), PairingPage, o),
  }
}

const SESSION = ['console', 'session']

function roomCalls(call: Call) {
  return {
    listRooms: (q, o) => call(get(['rooms'], q), RoomPage, o),
    getRoom: (id, o) => call(get(['rooms', id]), Room, o),
    createRoom: (body, o) => call(post(['rooms'], body), Room, o),
    removeRoom: (id, o) => call(remove(['rooms', id]), Removed, o),
    updateRoomMembers: (id, body, o) =>
      call({ method: 'PATCH', path: ['v1', 'rooms', id, 'members'], body }, Room, o),
    listRoomMessages: (id, q, o) => call(get(['rooms', id, 'messages'], q), MessagePage, o),
    listRoomThreads: (id, q, o) => call(get(['rooms', id, 'threads'], q), ThreadPage, o),
  } satisfies Partial<HttpClient>
}

function conversationCalls(call: Call) {
  return {
    getThread: (id, o) => call(get(['threads', id]), Thread, o),
    listThreadMessages: (id, q, o) => call(get(['threads', id, 'messages'], q), MessagePage, o),
    listDms: (q, o) => call(get(['dms'], q), DmPage, o),
    getDm: (id, o) => call(get(['dms', id]), DirectConversation, o),
    listDmMessages: (id, q, o) => call(get(['dms', id, 'messages'], q), MessagePage, o),
  } satisfies Partial<HttpClient>
}

function agentCalls(call: Call) {
  return {
    listAgents: (q, o) => call(get(['agents'], q), AgentPage, o),
    getAgent: (id, o) => call(get(['agents', id]), AgentSummary, o),
    removeAgent: (id, o) => call(remove(['agents', id]), Removed, o),
    registerAgent: (body, o) => call(post(['agents', 'register'], body), AgentRegistration, o),
    resetAgentToken: (id, o) => call(post(['agents', id, 'reset-token'], {}), AgentRegistration, o),
    apply: (body, o) => call(post(['apply'], body), Applied, o),
  } satisfies Partial<HttpClient>
}

function wakeCalls(call: Call) {
  return {
    listDeliveries: (id, q, o) => call(get(['messages', id, 'deliveries'], q), DeliveryPage, o),
    listAgentWakes: (id, q, o) => call(get(['agents', id, 'wakes'], q, filterOf(q)), WakePage, o),
    listWakes: (q, o) => call(get(['wakes'], q, filterOf(q)), WakePage, o),
    operateWake: (id, action, o) => call(post(['wakes', id, action], {}), Wake, o),
  } satisfies Partial<HttpClient>
}

function filterOf(query: WakeListQuery | undefined): Query {
  return { state: query?.state, final_text: query?.final_text }
}

function get(path: string[], page: ListQuery = {}, selector: Query = {}): Route {
  const { limit, before, after } = page
  return { path: ['v1', ...path], query: { ...selector, limit, before, after } }
}

function remove(path: string[]): Route {
  return { method: 'DELETE', path: ['v1', ...path] }
}
