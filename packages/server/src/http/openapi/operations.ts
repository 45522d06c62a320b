import type { SchemaName } from './schemas.ts'

/** What the document says about one route. */
export interface Operation {
  readonly tag:
    | 'messages'
    | 'rooms'
    | 'agents'
    | 'wakes'
    | 'network'
    | 'live'
    | 'operations'
    | 'documents'
    | 'console'
  readonly summary: string
  /** Scopes that may, or who else, in words. */
  readonly access: string
  readonly body?: SchemaName
  readonly paged?: true
  /** Query parameters besides those of paging, with what they are. */
  readonly query?: Readonly<Record<string, string>>
  /** Status of success, and the schema or the media type of its answer. */
  readonly answers: Readonly<Record<number, { schema: SchemaName } | { media: string }>>
  /** Statuses of refusals, besides 403 of the gate and 429. */
  readonly errors: readonly number[]
}

const ok = (schema: SchemaName) => ({ 200: { schema } }) as const
const media = (type: string, status = 200) => ({ [status]: { media: type } })
const NONE = 'no credential'
const OBSERVERS = 'observe, admin'
const ROOM_READERS = `${OBSERVERS}, agents that are members; public rooms with public_read`
const DM_READERS = `${OBSERVERS}, agents that take part`
const OPERATORS = 'admin; a token with observe and write'
const DOCUMENT = `${OBSERVERS}; public with public_read`

/** One operation a route, by method and pattern. A test compares it with the route table. */
export const OPERATIONS: Readonly<Record<string, Operation>> = {
  'GET /healthz': {
    tag: 'operations',
    summary: 'Whether the server and its store answer',
    access: NONE,
    answers: ok('Health'),
    errors: [503],
  },
  'GET /readyz': {
    tag: 'operations',
    summary: 'Whether the server takes requests',
    access: NONE,
    answers: ok('Health'),
    errors: [503],
  },
  'GET /metrics': {
    tag: 'operations',
    summary: 'Figures for Prometheus',
    access: 'admin',
    answers: media('text/plain'),
    errors: [401],
  },
  'GET /openapi.json': {
    tag: 'documents',
    summary: 'This document',
    access: NONE,
    answers: media('application/json'),
    errors: [],
  },
  'GET /v1/network': {
    tag: 'network',
    summary: 'What the network is and can do',
    access: 'observe, admin, pair, attach; public with public_read',
    answers: ok('Network'),
    errors: [401],
  },
  'GET /v1/rooms': {
    tag: 'rooms',
    summary: 'Rooms that the caller may read, by id',
    access: 'observe, admin, pair; agents and public_read see a part',
    paged: true,
    answers: ok('RoomPage'),
    errors: [401, 422],
  },
  'POST /v1/rooms': {
    tag: 'rooms',
    summary: 'Make a room',
    access: 'admin',
    body: 'CreateRoom',
    answers: { 201: { schema: 'Room' } },
    errors: [400, 401, 409, 413, 415, 422],
  },
  'GET /v1/rooms/{id}': {
    tag: 'rooms',
    summary: 'One room, with what the caller may do there',
    access: ROOM_READERS,
    answers: ok('Room'),
    errors: [401, 404],
  },
  'DELETE /v1/rooms/{id}': {
    tag: 'rooms',
    summary: 'Remove a room; its messages stay stored',
    access: 'admin',
    answers: ok('Removed'),
    errors: [401, 404],
  },
  'PATCH /v1/rooms/{id}/members': {
    tag: 'rooms',
    summary: 'Add and remove members',
    access: 'admin',
    body: 'UpdateRoomMembers',
    answers: ok('Room'),
    errors: [400, 401, 404, 413, 415, 422],
  },
  'GET /v1/rooms/{id}/messages': {
    tag: 'rooms',
    summary: 'Messages of a room, oldest first',
    access: ROOM_READERS,
    paged: true,
    answers: ok('MessagePage'),
    errors: [401, 404, 422],
  },
  'GET /v1/rooms/{id}/threads': {
    tag: 'rooms',
    summary: 'Threads of a room, by id',
    access: ROOM_READERS,
    paged: true,
    answers: ok('ThreadPage'),
    errors: [401, 404, 422],
  },
  'GET /v1/threads/{id}': {
    tag: 'rooms',
    summary: 'One thread',
    access: ROOM_READERS,
    answers: ok('Thread'),
    errors: [401, 404],
  },
  'GET /v1/threads/{id}/messages': {
    tag: 'rooms',
    summary: 'Messages of a thread, oldest first',
    access: ROOM_READERS,
    paged: true,
    answers: ok('MessagePage'),
    errors: [401, 404, 422],
  },
  'GET /v1/dms': {
    tag: 'messages',
    summary: 'Direct conversations that the caller may read, by id',
    access: DM_READERS,
    paged: true,
    answers: ok('DmPage'),
    errors: [401, 422],
  },
  'GET /v1/dms/{id}': {
    tag: 'messages',
    summary: 'One direct conversation',
    access: DM_READERS,
    answers: ok('DirectConversation'),
    errors: [401, 404],
  },
  'GET /v1/dms/{id}/messages': {
    tag: 'messages',
    summary: 'Messages of a direct conversation, oldest first',
    access: DM_READERS,
    paged: true,
    answers: ok('MessagePage'),
    errors: [401, 404, 422],
  },
  'GET /v1/artifacts': {
    tag: 'messages',
    summary: 'Message parts that are not plain text; a room includes its threads',
    access: `${OBSERVERS}, agents that may read the conversation`,
    paged: true,
    query: {
      room_id: 'Artifacts of a room',
      thread_id: 'Artifacts of a thread; counts before the others',
      dm_id: 'Artifacts of a direct conversation; counts before room_id',
    },
    answers: ok('ArtifactPage'),
    errors: [401, 404, 422],
  },
  'POST /v1/messages': {
    tag: 'messages',
    summary: 'Send a message; answered when it is durable, and safe to repeat with the same id',
    access: 'write, pair, attach tokens with an agents list',
    body: 'CreateMessage',
    answers: { 202: { schema: 'MessageAccepted' } },
    errors: [400, 401, 404, 409, 413, 415, 422],
  },
  'GET /v1/agents': {
    tag: 'agents',
    summary: 'Agents that the caller may see, by id',
    access: 'observe, admin, pair; agents and public_read see a part',
    paged: true,
    answers: ok('AgentPage'),
    errors: [401, 422],
  },
  'POST /v1/agents/register': {
    tag: 'agents',
    summary: 'Claim an agent id; an open network answers with its token, once',
    access: 'admin; attach or nobody, as auth.agent_registration says',
    body: 'RegisterAgent',
    answers: { 200: { schema: 'AgentRegistration' }, 201: { schema: 'AgentRegistration' } },
    errors: [400, 401, 409, 413, 415, 422],
  },
  'GET /v1/agents/{id}': {
    tag: 'agents',
    summary: 'One agent',
    access: `${OBSERVERS}; agents that share a room; public_read sees a part`,
    answers: ok('AgentSummary'),
    errors: [401, 404],
  },
  'DELETE /v1/agents/{id}': {
    tag: 'agents',
    summary: 'Remove an agent from its rooms and delete its registration; its messages stay',
    access: 'admin',
    answers: ok('Removed'),
    errors: [401, 404],
  },
  'POST /v1/agents/{id}/reset-token': {
    tag: 'agents',
    summary: 'Keep the identity of an agent and let the next claim take it over',
    access: 'admin',
    answers: ok('AgentRegistration'),
    errors: [401, 404],
  },
  'GET /v1/messages/{id}/deliveries': {
    tag: 'wakes',
    summary: 'What became of one message for each agent that it must wake, by agent',
    access: `${OBSERVERS}; agents see their own`,
    paged: true,
    answers: ok('DeliveryPage'),
    errors: [401, 404, 422],
  },
  'GET /v1/agents/{id}/wakes': {
    tag: 'wakes',
    summary: 'Wakes of one agent, oldest first',
    access: `${OBSERVERS}; the agent itself`,
    paged: true,
    query: { state: 'Wakes in this state alone' },
    answers: ok('WakePage'),
    errors: [401, 422],
  },
  'GET /v1/wakes': {
    tag: 'wakes',
    summary: 'Wakes of all agents, oldest first',
    access: OBSERVERS,
    paged: true,
    query: { state: 'Wakes in this state alone: `held` are those that wait for an operator' },
    answers: ok('WakePage'),
    errors: [401, 422],
  },
  'POST /v1/wakes/{id}/approve': {
    tag: 'wakes',
    summary: 'Let a held wake go; it is sent in its order',
    access: OPERATORS,
    answers: ok('Wake'),
    errors: [401, 404, 409],
  },
  'POST /v1/wakes/{id}/dismiss': {
    tag: 'wakes',
    summary: 'End a held wake; the agent is not woken',
    access: OPERATORS,
    answers: ok('Wake'),
    errors: [401, 404, 409],
  },
  'POST /v1/wakes/{id}/retry': {
    tag: 'wakes',
    summary: 'Deliver a dead, expired or dismissed wake after all',
    access: OPERATORS,
    answers: ok('Wake'),
    errors: [401, 404, 409],
  },
  'POST /v1/apply': {
    tag: 'operations',
    summary: 'Bring agents and rooms to a declared state, all or nothing',
    access: 'admin',
    body: 'ApplyRequest',
    answers: ok('Applied'),
    errors: [400, 401, 413, 415, 422],
  },
  'GET /v1/pairings': {
    tag: 'network',
    summary: 'Paired networks, by id',
    access: OBSERVERS,
    paged: true,
    answers: ok('PairingPage'),
    errors: [401, 422],
  },
  'GET /v1/attach': {
    tag: 'live',
    summary: 'WebSocket of an agent, protocol moltnet.attach.v1',
    access: 'attach; nobody when registration is open',
    answers: media('application/octet-stream', 101),
    errors: [400, 401],
  },
  'GET /v1/events/stream': {
    tag: 'live',
    summary: 'Server-sent events: each `data` is a MoltnetEvent',
    access: `${OBSERVERS}; public rooms with public_read`,
    query: { last_event_id: 'Resume after this event; the header Last-Event-ID counts first' },
    answers: media('text/event-stream'),
    errors: [401, 503],
  },
  'GET /install.md': {
    tag: 'documents',
    summary: 'How an agent joins this network',
    access: DOCUMENT,
    answers: media('text/markdown'),
    errors: [401],
  },
  'GET /llms.txt': {
    tag: 'documents',
    summary: 'Where to find what',
    access: DOCUMENT,
    answers: media('text/plain'),
    errors: [401],
  },
  'GET /skill.md': {
    tag: 'documents',
    summary: 'The commands that work with the credential that asks',
    access: 'observe, write, admin, attach; public with public_read',
    answers: media('text/markdown'),
    errors: [401],
  },
  'GET /': {
    tag: 'console',
    summary: 'Leads to the console',
    access: NONE,
    answers: media('text/html', 303),
    errors: [],
  },
  'GET /console': {
    tag: 'console',
    summary: 'Leads to the console',
    access: NONE,
    answers: media('text/html', 303),
    errors: [],
  },
  'GET /console/*': {
    tag: 'console',
    summary: 'The web console',
    access: DOCUMENT,
    query: { access_token: 'A static token, exchanged for a session at once' },
    answers: media('text/html'),
    errors: [401],
  },
  'POST /console/session': {
    tag: 'console',
    summary: 'Exchange a static token for a session of the console',
    access: 'a token that may see the console',
    body: 'SignIn',
    answers: ok('SignedIn'),
    errors: [400, 401, 413, 415, 422],
  },
  'DELETE /console/session': {
    tag: 'console',
    summary: 'End the session of the console',
    access: NONE,
    answers: ok('SignedOut'),
    errors: [],
  },
}
