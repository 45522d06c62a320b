import type { MutableAnswer, MutableRequest, Mutation } from './mutant-proxy.ts'

/** Changes the parsed body of an answer that is JSON. */
function json(answer: MutableAnswer, change: (body: Record<string, unknown>) => unknown): MutableAnswer {
  if (!answer.headers.get('content-type')?.startsWith('application/json')) return answer
  return { ...answer, body: JSON.stringify(change(JSON.parse(answer.body) as Record<string, unknown>)) }
}

function reversed(key: string): Mutation['answer'] {
  return (answer) =>
    json(answer, (body) =>
      Array.isArray(body[key]) ? { ...body, [key]: (body[key] as unknown[]).toReversed() } : body,
    )
}

function status(from: number, to: number): Mutation['answer'] {
  return (answer) => (answer.status === from ? { ...answer, status: to } : answer)
}

function asOperator(request: MutableRequest): MutableRequest {
  request.headers.set('authorization', 'Bearer operator-conformance-token')
  return request
}

const eventType = (frame: Record<string, unknown>) => (frame['event'] as { type?: string } | undefined)?.type
let messages = 0

/** A broken server, and the check that has to see it. */
export interface Mutant extends Mutation {
  caughtBy: string
}

/** Deliberately broken servers: each breaks one promise and must fail the suite. */
export const MUTATIONS: readonly Mutant[] = [
  {
    name: 'a message is 200 instead of 202',
    caughtBy: 'an accepted message is 202 and is then in the history',
    answer: (answer, request) =>
      request.path === '/v1/messages' && answer.status === 202 ? { ...answer, status: 200 } : answer,
  },
  {
    name: 'a created room is 200',
    caughtBy: 'a created room has its defaults and sorted, unique members',
    answer: status(201, 200),
  },
  { name: 'conflicts are 400', caughtBy: 'creating a room twice is 409', answer: status(409, 400) },
  { name: 'not found is 403', caughtBy: 'an unknown room is 404 everywhere', answer: status(404, 403) },
  {
    name: 'rule breaks are 400',
    caughtBy: 'bodies that break a rule are 422, bodies of wrong types 400',
    answer: status(422, 400),
  },
  {
    name: 'errors without a code',
    caughtBy: 'creating a room twice is 409',
    answer: (answer) => (answer.status < 400 ? answer : json(answer, ({ code: _code, ...body }) => body)),
  },
  {
    name: 'errors without X-Request-Id',
    caughtBy: 'every answer carries a request id, and keeps a well-formed one of the caller',
    answer: (answer) => (answer.headers.delete('x-request-id'), answer),
  },
  {
    name: 'history in descending order',
    caughtBy: 'without a cursor: the newest, ascending; next_before is the first on the page',
    answer: reversed('messages'),
  },
  {
    name: 'rooms in descending order',
    caughtBy: 'rooms are listed by id, with access',
    answer: reversed('rooms'),
  },
  {
    name: 'has_more always false',
    caughtBy: 'walking back by next_before gives every message once',
    answer: (answer) =>
      json(answer, (body) => ('page' in body ? { ...body, page: { has_more: false } } : body)),
  },
  {
    name: 'the newest message is left out of every page',
    caughtBy: 'an accepted message is 202 and is then in the history',
    answer: (answer) =>
      json(answer, (body) =>
        'messages' in body ? { ...body, messages: (body['messages'] as unknown[]).slice(0, -1) } : body,
      ),
  },
  {
    name: 'the after cursor is ignored',
    caughtBy: 'walking on by next_after gives every message once',
    request: (request) => ({ ...request, path: request.path.replace(/after=[^&]*/, '') }),
  },
  {
    name: 'message ids of the caller are ignored',
    caughtBy: 'the same id again gives the same answer and stores nothing',
    request: (request) =>
      request.path === '/v1/messages'
        ? { ...request, body: request.body.replace(/^\{"id":"[^"]*",/, '{') }
        : request,
  },
  {
    name: 'mentions are not resolved',
    caughtBy: 'mentions are resolved against the members, unique and in order',
    answer: (answer) => ({ ...answer, body: answer.body.replace(/"mentions":\[[^\]]*\],?/g, '') }),
  },
  {
    name: 'times in milliseconds',
    caughtBy: 'created_at strictly increases in the order of the history',
    answer: (answer) => ({ ...answer, body: answer.body.replace(/(\.\d{3})\d{6}Z/g, '$1Z') }),
  },
  {
    name: 'rooms without access',
    caughtBy: 'a created room has its defaults and sorted, unique members',
    answer: (answer) => json(answer, ({ access: _access, ...body }) => body),
  },
  {
    name: 'members in the order they were given',
    caughtBy: 'a created room has its defaults and sorted, unique members',
    answer: (answer) =>
      json(answer, (body) =>
        Array.isArray(body['members'])
          ? { ...body, members: (body['members'] as string[]).toReversed() }
          : body,
      ),
  },
  {
    name: 'every second live message frame is dropped',
    caughtBy: 'a cursor resumes after its event, in order',
    frame: (frame) => (eventType(frame) === 'message.created' && messages++ % 2 === 1 ? [] : [frame]),
  },
  {
    name: 'every message frame comes twice under another cursor',
    caughtBy: 'HELLO, IDENTIFY, READY, EVENT, ACK',
    frame: (frame) =>
      eventType(frame) === 'message.created'
        ? [{ ...frame, cursor: `${String(frame['cursor'])}0` }]
        : [frame],
  },
  {
    name: 'no HELLO',
    caughtBy: 'HELLO, IDENTIFY, READY, EVENT, ACK',
    frame: (frame) => (frame['op'] === 'HELLO' ? [] : [frame]),
  },
  {
    name: 'READY without actor_uid',
    caughtBy: 'HELLO, IDENTIFY, READY, EVENT, ACK',
    frame: (frame) => (frame['op'] === 'READY' ? [{ ...frame, actor_uid: undefined }] : [frame]),
  },
  {
    name: 'no PING',
    caughtBy: 'the server sends PING within 5 s and answers PING with PONG',
    frame: (frame) => (frame['op'] === 'PING' ? [] : [frame]),
  },
  {
    name: 'bad frames are not answered with ERROR',
    caughtBy: 'what is not the protocol is an ERROR and a closed socket',
    frame: (frame) => (frame['op'] === 'ERROR' ? [] : [frame]),
  },
  {
    name: 'sockets stay open after ERROR',
    caughtBy: 'what is not the protocol is an ERROR and a closed socket',
    neverClose: true,
  },
  {
    name: 'the stream has no opening comment',
    caughtBy: 'the stream opens with its comment and is text/event-stream',
    block: (block) => (block.startsWith(': stream-open') ? [] : [block]),
  },
  {
    name: 'the stream drops message events',
    caughtBy: 'events come in order, with id, type and JSON',
    block: (block) => (block.includes('event: message.created') && messages++ % 2 === 1 ? [] : [block]),
  },
  {
    name: 'the stream has no ids',
    caughtBy: 'events come in order, with id, type and JSON',
    block: (block) => [block.replace(/^id: .*\n/m, '')],
  },
  {
    name: 'the stream starts with no gap for an unknown cursor',
    caughtBy: 'an unknown cursor gives one gap first, then goes on',
    block: (block) => (block.includes('stream.replay_gap') ? [] : [block]),
  },
  {
    name: 'thread.created is not sent',
    caughtBy: 'the first message that targets a thread creates it',
    block: (block) => (block.includes('event: thread.created') ? [] : [block]),
  },
  {
    name: 'DMs are listed without participants',
    caughtBy: 'the first message creates a DM with its sorted participants',
    answer: (answer) => json(answer, ({ participant_ids: _ids, ...body }) => body),
  },
  {
    name: 'health needs more than it should',
    caughtBy: 'GET /healthz and /readyz need no credential',
    answer: (answer, request) => (request.path === '/healthz' ? { ...answer, status: 401 } : answer),
  },
  {
    name: 'metrics are empty',
    caughtBy: 'GET /metrics is Prometheus text',
    answer: (answer, request) => (request.path === '/metrics' ? { ...answer, body: '' } : answer),
  },
]

/** Broken servers that need credentials to be seen. */
export const BEARER_MUTATIONS: readonly Mutant[] = [
  {
    name: 'every token is the operator',
    caughtBy: 'GET /metrics answers only credentials with its scope',
    request: (request) => (request.headers.has('authorization') ? asOperator(request) : request),
  },
  {
    name: 'nobody needs a credential',
    caughtBy: 'GET /metrics answers only credentials with its scope',
    request: (request) => (request.headers.has('authorization') ? request : asOperator(request)),
  },
  {
    name: 'direct messages are shown to every credential',
    caughtBy: 'GET /v1/dms answers only credentials with its scope',
    request: (request) => (request.path.startsWith('/v1/dms') ? asOperator(request) : request),
  },
  {
    name: 'a missing scope is 401',
    caughtBy: 'GET /v1/rooms answers only credentials with its scope',
    answer: status(403, 401),
  },
  {
    name: 'a missing credential is 403',
    caughtBy: 'GET /v1/rooms answers only credentials with its scope',
    answer: status(401, 403),
  },
]
