import type { MutableAnswer, Mutation } from './mutant-proxy.ts'

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

const eventType = (frame: Record<string, unknown>) => (frame['event'] as { type?: string } | undefined)?.type
let messages = 0

/** Deliberately broken servers: each breaks one promise and must fail the suite. */
export const MUTATIONS: readonly Mutation[] = [
  {
    name: 'a message is 200 instead of 202',
    answer: (answer, request) =>
      request.path === '/v1/messages' && answer.status === 202 ? { ...answer, status: 200 } : answer,
  },
  { name: 'a created room is 200', answer: status(201, 200) },
  { name: 'conflicts are 400', answer: status(409, 400) },
  { name: 'not found is 403', answer: status(404, 403) },
  { name: 'rule breaks are 400', answer: status(422, 400) },
  {
    name: 'errors without a code',
    answer: (answer) => (answer.status < 400 ? answer : json(answer, ({ code: _code, ...body }) => body)),
  },
  {
    name: 'errors without X-Request-Id',
    answer: (answer) => (answer.headers.delete('x-request-id'), answer),
  },
  { name: 'history in descending order', answer: reversed('messages') },
  { name: 'rooms in descending order', answer: reversed('rooms') },
  {
    name: 'has_more always false',
    answer: (answer) =>
      json(answer, (body) => ('page' in body ? { ...body, page: { has_more: false } } : body)),
  },
  {
    name: 'the newest message is left out of every page',
    answer: (answer) =>
      json(answer, (body) =>
        'messages' in body ? { ...body, messages: (body['messages'] as unknown[]).slice(0, -1) } : body,
      ),
  },
  {
    name: 'the after cursor is ignored',
    request: (request) => ({ ...request, path: request.path.replace(/after=[^&]*/, '') }),
  },
  {
    name: 'message ids of the caller are ignored',
    request: (request) =>
      request.path === '/v1/messages'
        ? { ...request, body: request.body.replace(/^\{"id":"[^"]*",/, '{') }
        : request,
  },
  {
    name: 'mentions are not resolved',
    answer: (answer) => ({ ...answer, body: answer.body.replace(/"mentions":\[[^\]]*\],?/g, '') }),
  },
  {
    name: 'times in milliseconds',
    answer: (answer) => ({ ...answer, body: answer.body.replace(/(\.\d{3})\d{6}Z/g, '$1Z') }),
  },
  { name: 'rooms without access', answer: (answer) => json(answer, ({ access: _access, ...body }) => body) },
  {
    name: 'members in the order they were given',
    answer: (answer) =>
      json(answer, (body) =>
        Array.isArray(body['members'])
          ? { ...body, members: (body['members'] as string[]).toReversed() }
          : body,
      ),
  },
  {
    name: 'one live frame in three is dropped',
    frame: (frame) => (eventType(frame) === 'message.created' && messages++ % 3 === 2 ? [] : [frame]),
  },
  {
    name: 'every message frame comes twice under another cursor',
    frame: (frame) =>
      eventType(frame) === 'message.created'
        ? [{ ...frame, cursor: `${String(frame['cursor'])}0` }]
        : [frame],
  },
  { name: 'no HELLO', frame: (frame) => (frame['op'] === 'HELLO' ? [] : [frame]) },
  {
    name: 'READY without actor_uid',
    frame: (frame) => (frame['op'] === 'READY' ? [{ ...frame, actor_uid: undefined }] : [frame]),
  },
  { name: 'no PING', frame: (frame) => (frame['op'] === 'PING' ? [] : [frame]) },
  {
    name: 'bad frames are not answered with ERROR',
    frame: (frame) => (frame['op'] === 'ERROR' ? [] : [frame]),
  },
  { name: 'sockets stay open after ERROR', neverClose: true },
  {
    name: 'the stream has no opening comment',
    block: (block) => (block.startsWith(': stream-open') ? [] : [block]),
  },
  {
    name: 'the stream drops message events',
    block: (block) => (block.includes('event: message.created') && messages++ % 2 === 1 ? [] : [block]),
  },
  { name: 'the stream has no ids', block: (block) => [block.replace(/^id: .*\n/m, '')] },
  {
    name: 'the stream starts with no gap for an unknown cursor',
    block: (block) => (block.includes('stream.replay_gap') ? [] : [block]),
  },
  {
    name: 'thread.created is not sent',
    block: (block) => (block.includes('event: thread.created') ? [] : [block]),
  },
  {
    name: 'DMs are listed without participants',
    answer: (answer) => json(answer, ({ participant_ids: _ids, ...body }) => body),
  },
  {
    name: 'health needs more than it should',
    answer: (answer, request) => (request.path === '/healthz' ? { ...answer, status: 401 } : answer),
  },
  {
    name: 'metrics are empty',
    answer: (answer, request) => (request.path === '/metrics' ? { ...answer, body: '' } : answer),
  },
]

/** Broken servers that need credentials to be seen. */
export const BEARER_MUTATIONS: readonly Mutation[] = [
  {
    name: 'every token is the operator',
    request: (request) =>
      request.headers.has('authorization')
        ? (request.headers.set('authorization', 'Bearer operator-conformance-token'), request)
        : request,
  },
  {
    name: 'nobody needs a credential',
    request: (request) =>
      request.headers.has('authorization')
        ? request
        : (request.headers.set('authorization', 'Bearer operator-conformance-token'), request),
  },
  { name: 'a missing scope is 401', answer: status(403, 401) },
  { name: 'a missing credential is 403', answer: status(401, 403) },
]
