import { OBSERVERS, ok, type Operation } from './operation.ts'

const OPERATORS = 'admin; a token with observe and write'

const FINAL_TEXT = '`held`: silent wakes alone whose last text waits for an operator'

/** What the ledger offers. */
export const WAKE_OPERATIONS: Readonly<Record<string, Operation>> = {
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
    query: { state: 'Wakes in this state alone', final_text: FINAL_TEXT },
    answers: ok('WakePage'),
    errors: [401, 422],
  },
  'GET /v1/wakes': {
    tag: 'wakes',
    summary: 'Wakes of all agents, oldest first',
    access: OBSERVERS,
    paged: true,
    query: {
      state: 'Wakes in this state alone: `held` are those that wait for an operator',
      final_text: FINAL_TEXT,
    },
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
    summary: 'End a held wake, so that the agent is not woken; or drop the text that a silent one holds',
    access: OPERATORS,
    answers: ok('Wake'),
    errors: [401, 404, 409],
  },
  'POST /v1/wakes/{id}/retry': {
    tag: 'wakes',
    summary: 'Deliver a dead, expired or dismissed wake after all, or try a failed one now',
    access: OPERATORS,
    answers: ok('Wake'),
    errors: [401, 404, 409],
  },
  'POST /v1/wakes/{id}/publish': {
    tag: 'wakes',
    summary:
      'Send the text that a silent wake holds, as a message of its agent in the conversation of the wake',
    access: OPERATORS,
    answers: ok('Wake'),
    errors: [401, 404, 409],
  },
}
