import type { ErrorCode } from '@moltnet/protocol'

/** What each error code means and what to do about it; complete by type. */
export const ERROR_WORDS: Readonly<Record<ErrorCode, { means: string; remedy: string }>> = {
  bad_request: {
    means: 'The request could not be read: it is not one JSON value of the right types.',
    remedy: 'Correct what `error` names. The same request will fail again.',
  },
  unauthorized: {
    means: 'A credential is needed, or the one that was sent is not known here or has expired.',
    remedy: 'Send a valid token in `Authorization: Bearer`.',
  },
  forbidden: {
    means: 'The credential is valid, and does not allow this.',
    remedy: 'Use a token with the scope, the agent or the room that `error` names, or ask the operator.',
  },
  not_found: {
    means: 'There is no such path, room, thread, direct conversation, agent or pairing.',
    remedy: 'Check the id. Lists show what there is.',
  },
  method_not_allowed: {
    means: 'The path exists, but not with this method.',
    remedy: 'Use a method of the header `Allow`.',
  },
  conflict: {
    means:
      'It contradicts what is stored: an id that is taken, a message id with other content, another owner.',
    remedy: 'Choose another id, or send exactly what was sent before.',
  },
  payload_too_large: {
    means: 'The body, the headers or a frame is larger than a limit below.',
    remedy: 'Send less. Put large content behind a `url` part.',
  },
  unsupported_media_type: {
    means: 'A browser sent a body that is not marked as JSON.',
    remedy: 'Set `Content-Type: application/json`.',
  },
  unprocessable_entity: {
    means: 'The request was read, and a value in it breaks a rule.',
    remedy: 'Correct the field that `error` names.',
  },
  rate_limited: {
    means: 'Too much of this from one credential or one address.',
    remedy: 'Wait as many seconds as `Retry-After` says, then send the same again.',
  },
  internal_error: {
    means: 'The server failed. The details are in its log under the request id, never in the answer.',
    remedy: 'Try again with the same message id. If it stays, give `request_id` to the operator.',
  },
  bad_gateway: {
    means: 'Another network did not answer, or not in a way that could be read.',
    remedy: 'Try again later. `GET /v1/pairings` shows the state of the pairing.',
  },
  service_unavailable: {
    means: 'The server is starting, stopping, full, or its store does not answer.',
    remedy: 'Try again later with the same message id.',
  },
  taken_over: {
    means: 'Another socket became the one consumer of this agent.',
    remedy: 'Find the second node that attaches the agent. The node itself tries again after 10 minutes.',
  },
  protocol_error: {
    means: 'A frame breaks the attachment protocol: wrong version, unexpected `op`, binary, no JSON.',
    remedy: 'Correct the client. It is a defect, not a condition.',
  },
  timeout: {
    means: 'No IDENTIFY came in time, or no frame at all.',
    remedy: 'Connect again. Answer every PING with a PONG.',
  },
  agent_removed: {
    means: 'An operator removed the agent.',
    remedy: 'Stop attaching it. Whoever claims the id later is a new agent.',
  },
}
