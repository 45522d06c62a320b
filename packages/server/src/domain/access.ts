import type {
  ActorType,
  AuthMode,
  EventType,
  RegistrationMode,
  Target,
  Visibility,
  WritePolicy,
} from '@moltnet/protocol'
import { RULES } from './access-rules.ts'
import type { Rule } from './rule.ts'
import { boundAgent, hasScope, isObserver } from './principal.ts'
import type { Principal } from './principal.ts'

/** What the server's configuration says about access. One object for the life of a server. */
export interface AccessContext {
  readonly mode: AuthMode
  readonly publicRead: boolean
  readonly registration: RegistrationMode
  readonly humanIngress: boolean
  readonly directMessages: boolean
  readonly networkId: string
  /** Every id in a static token's `agents` list: only tokens that list an id may assert it. */
  readonly reservedAgentIds: ReadonlySet<string>
}

/** Why something is refused. `reason` is shown to the caller. */
export interface Refusal {
  readonly allow: false
  readonly code: 'unauthorized' | 'forbidden' | 'not_found' | 'conflict'
  readonly reason: string
}

/** The answer of {@link decide}. */
export type Decision = { readonly allow: true } | Refusal

/** What access rules need to know of a room; `RoomSnapshot` has this shape. */
export interface RoomFacts {
  readonly visibility: Visibility
  readonly writePolicy: WritePolicy
  readonly members: readonly string[]
  /** Whether the agent, named in any of the three notations, is a member. */
  hasAgent(agentId: string): boolean
}

/** What access rules need to know of an agent that is to be shown. */
export interface AgentFacts {
  readonly agentId: string
  /** In the agent registry, rather than only named as a member of a room. */
  readonly registered: boolean
  /** Live rooms that it is a member of. */
  readonly rooms: Iterable<RoomFacts>
}

/** A settled sender, as the write rules see it. */
export interface SenderFacts {
  readonly type: ActorType
  /** `alpha` for an agent or human of this network, `net_b:alpha` for one of another. */
  readonly id: string
}

/** What an event of the log is about, for {@link decide} with `receive`. */
export type EventFacts =
  | { readonly kind: 'room'; readonly type: EventType; readonly room: RoomFacts | undefined }
  | { readonly kind: 'dm'; readonly participants: readonly string[] }
  /** `sharesRoomWith` says whether the event's agent and the asked one are members of one live room. */
  | {
      readonly kind: 'agent'
      readonly type: EventType
      readonly agentId: string
      sharesRoomWith(agentId: string): boolean
    }
  | { readonly kind: 'network' }

/**
 * Everything that access is decided about. `undefined` as a room, DM or agent means that it does not
 * exist: callers that may know that are told `not_found`, others what their credential lacks.
 */
export type Resource =
  /** `GET /v1/network` */
  | { readonly kind: 'network' }
  | { readonly kind: 'metrics' }
  /** `install.md` and `llms.txt` */
  | { readonly kind: 'discovery' }
  /** `skill.md` */
  | { readonly kind: 'skill' }
  | { readonly kind: 'console' }
  | { readonly kind: 'pairings' }
  /** `POST /v1/apply` */
  | { readonly kind: 'configuration' }
  /** The list of rooms, and making one. */
  | { readonly kind: 'rooms' }
  /** A room with its messages and threads. */
  | { readonly kind: 'room'; readonly room: RoomFacts | undefined }
  /** Artifacts as such, before it is known of what. */
  | { readonly kind: 'artifacts' }
  | { readonly kind: 'room_artifacts'; readonly room: RoomFacts | undefined }
  | { readonly kind: 'dms' }
  /** A direct conversation with its messages and artifacts. */
  | { readonly kind: 'dm'; readonly participants: readonly string[] | undefined }
  | { readonly kind: 'agents' }
  | { readonly kind: 'agent'; readonly agent: AgentFacts | undefined }
  /** A registration under an id, or under one that the server makes (undefined). */
  | { readonly kind: 'registration'; readonly agentId: string | undefined; readonly via: 'http' | 'attach' }
  /** The attach handshake (agentId undefined), then IDENTIFY. */
  | { readonly kind: 'attachment'; readonly agentId: string | undefined }
  /** `POST /v1/messages`, before the body is looked at. */
  | { readonly kind: 'messages' }
  /** The switches `direct_messages` and `human_ingress`. */
  | { readonly kind: 'message'; readonly target: Target['kind']; readonly from: ActorType }
  /** Storing a message in a room or one of its threads. */
  | { readonly kind: 'room_message'; readonly room: RoomFacts | undefined; readonly sender: SenderFacts }
  /** Storing a message in a DM; participants undefined: the DM is new. */
  | {
      readonly kind: 'dm_message'
      readonly participants: readonly string[] | undefined
      readonly sender: SenderFacts
    }
  /** What became of one message for each agent; agents see what concerns themselves. */
  | { readonly kind: 'deliveries' }
  | { readonly kind: 'agent_wakes'; readonly agentId: string }
  /** All wakes, and what operators do with them. */
  | { readonly kind: 'wakes' }
  /** `GET /v1/events/stream`; each event is decided on its own. */
  | { readonly kind: 'stream' }
  /** One event for one subscriber: an SSE stream (attachedAs null) or the socket of an agent. */
  | { readonly kind: 'event'; readonly attachedAs: string | null; readonly event: EventFacts }

/** What can be done with each kind of resource. */
export interface ActionOf {
  network: 'read'
  metrics: 'read'
  discovery: 'read'
  skill: 'read'
  console: 'read'
  pairings: 'read'
  configuration: 'apply'
  rooms: 'list' | 'create'
  room: 'read' | 'manage' | 'remove'
  artifacts: 'read'
  room_artifacts: 'read'
  dms: 'list'
  dm: 'read'
  agents: 'list'
  agent: 'read' | 'manage' | 'remove'
  registration: 'register'
  attachment: 'attach'
  messages: 'send'
  message: 'send'
  room_message: 'write'
  dm_message: 'write'
  deliveries: 'read'
  agent_wakes: 'read'
  wakes: 'read' | 'operate'
  stream: 'read'
  event: 'receive'
}

/** Every action. */
export type Action = ActionOf[Resource['kind']]

/** Whether `principal` may do `action` with `resource`. Pure; the only place where access is decided. */
// oxlint-disable-next-line max-params -- read as a sentence: may principal, here, do this with that
export function decide<K extends Resource['kind']>(
  context: AccessContext,
  principal: Principal,
  action: ActionOf[K],
  resource: Extract<Resource, { kind: K }>,
): Decision {
  const rule = RULES[resource.kind] as Rule<K>
  return rule({ context, principal }, resource, action)
}

/**
 * Which items of a list a caller may see; the store turns it into a query. A list of agents shows the
 * members of the rooms that the filter shows, and the filter's own agent.
 */
export type ReadFilter =
  | { readonly kind: 'all' }
  | {
      readonly kind: 'readable'
      /** Public rooms, and agents that are members of one. */
      readonly publicRooms: boolean
      /** Rooms with this agent as a member, the DMs it takes part in, agents it shares a room with. */
      readonly agentId: string | null
      /** Every registered agent, in whatever rooms. */
      readonly registered: boolean
    }

/** What a list shows to a caller that {@link decide} allows to list. Agrees with `read` of each item. */
export function readFilter(
  context: AccessContext,
  principal: Principal,
  list: 'rooms' | 'agents' | 'dms',
): ReadFilter {
  if (isObserver(principal)) return { kind: 'all' }
  // A paired network mirrors the list of rooms and agents, never direct conversations.
  if (list !== 'dms' && hasScope(principal, 'pair')) return { kind: 'all' }
  const agentId = boundAgent(principal)
  return {
    kind: 'readable',
    publicRooms: context.publicRead || agentId !== null,
    agentId,
    registered: context.publicRead,
  }
}
