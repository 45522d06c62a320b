import type { ServerConfig } from '@moltnet/config'
import type {
  AgentPage,
  AgentRegistration,
  AgentSummary,
  Applied,
  ApplyRequest,
  ConversationRef,
  CreateMessage,
  CreateRoom,
  DeliveryPage,
  DirectConversation,
  DmPage,
  MessageAccepted,
  MessagePreview,
  Network,
  PageQuery,
  Removed,
  Room,
  RoomPage,
  Thread,
  ThreadPage,
  UpdateRoomMembers,
  Wake,
  WakeAction,
  WakePage,
} from '@moltnet/protocol'
import type { Server } from 'bun'
import type { AccessContext } from '../domain/access.ts'
import type { Principal } from '../domain/principal.ts'
import type { WakeQuery } from '../services/wakes.ts'

/** A file of the built console, handed in by the program that starts the server. */
export interface ConsoleAsset {
  /** Path below `/console`, with its slash. `/index.html` is the page for every path that names no file. */
  readonly path: string
  readonly contentType: string
  readonly body: string | Uint8Array<ArrayBuffer>
  /** True when the name changes with the content, so that a browser may keep it for ever. */
  readonly immutable: boolean
}

/** What the routes call. Every method decides access itself and throws MoltnetError. */
export interface HttpServices {
  messages: { post(principal: Principal, body: CreateMessage): Promise<MessageAccepted> }
  preview: { message(principal: Principal, body: CreateMessage): Promise<MessagePreview> }
  rooms: {
    list(principal: Principal, query: PageQuery): Promise<RoomPage>
    get(principal: Principal, id: string): Promise<Room>
    create(principal: Principal, body: CreateRoom): Promise<Room>
    remove(principal: Principal, id: string): Promise<Removed>
    updateMembers(principal: Principal, id: string, body: UpdateRoomMembers): Promise<Room>
  }
  threads: {
    list(principal: Principal, roomId: string, query: PageQuery): Promise<ThreadPage>
    get(principal: Principal, id: string): Promise<Thread>
  }
  dms: {
    list(principal: Principal, query: PageQuery): Promise<DmPage>
    get(principal: Principal, id: string): Promise<DirectConversation>
  }
  /** A page of messages as the JSON text of the answer. */
  history: { page(principal: Principal, conversation: ConversationRef, query: PageQuery): Promise<string> }
  /** A page of artifacts as the JSON text of the answer. */
  artifacts: { page(principal: Principal, conversation: ConversationRef, query: PageQuery): Promise<string> }
  agents: {
    list(principal: Principal, query: PageQuery): Promise<AgentPage>
    get(principal: Principal, id: string): Promise<AgentSummary>
    remove(principal: Principal, id: string): Promise<Removed>
    resetToken(principal: Principal, id: string): Promise<AgentRegistration>
  }
  registration: {
    register(
      principal: Principal,
      request: { agentId?: string; name?: string },
      via: 'http' | 'attach',
    ): Promise<{ registration: AgentRegistration; created: boolean; token?: string }>
  }
  wakes: {
    ofMessage(principal: Principal, messageId: string, query: PageQuery): Promise<DeliveryPage>
    ofAgent(principal: Principal, agentId: string, query: WakeQuery): Promise<WakePage>
    list(principal: Principal, query: WakeQuery): Promise<WakePage>
    operate(principal: Principal, id: string, action: WakeAction): Promise<Wake>
  }
  network: { describe(principal: Principal): Promise<Network> | Network }
  apply: { run(principal: Principal, body: ApplyRequest): Promise<Applied> }
  /** Rejects when the store does not answer. */
  health: { check(): Promise<void> }
}

/** The attachment gateway. */
export interface AttachGateway {
  /** Undefined when the request became a socket, else the refusal. `address` is the client's. */
  upgrade(
    request: Request,
    server: Server<unknown>,
    caller: { principal: Principal; address: string },
  ): Response | undefined | Promise<Response | undefined>
}

/** Server-sent events. */
export interface EventStreams {
  /** The stream's answer; throws MoltnetError when there are too many. */
  open(o: {
    request: Request
    server: Server<unknown>
    principal: Principal
    address: string
    lastEventId: string | undefined
  }): Response | Promise<Response>
}

/** Where the HTTP side counts what it answered. */
export interface HttpMetrics {
  /** One answered request. `route` is a pattern of the route table, never a raw path. */
  observe(method: string, route: string, status: number, seconds: number): void
  /** The Prometheus text of the whole server. */
  render(): Promise<string> | string
}

/** Everything that the HTTP side is wired with. */
export interface HttpDeps {
  readonly config: ServerConfig
  readonly version: string
  readonly context: AccessContext
  readonly services: HttpServices
  readonly attach: AttachGateway
  readonly streams: EventStreams
  readonly metrics: HttpMetrics
  /** The agent that owns a credential key (`agent-token:…`), from committed state. */
  agentOfCredential(credentialKey: string): Promise<string | undefined> | string | undefined
  readonly consoleAssets: readonly ConsoleAsset[]
  /** The port that is really listened on (0 in the configuration lets the system choose). */
  port(): number
}
