import { getLogger } from '@logtape/logtape'
import { type ErrorCode, MoltnetError } from '@moltnet/protocol'
import { StoreFailed } from '../store/port.ts'
import type { SessionInput } from './session.ts'

const logger = getLogger(['moltnet', 'attach'])

/** Why a session ends with an ERROR frame. */
export interface Refusal {
  readonly code: ErrorCode
  readonly error: string
  /** Whether the same IDENTIFY can succeed later; what the code says, when absent. */
  readonly retryable?: boolean
}

/** An agent has an attachment that shuts this one out. That may end at any time, so trying again makes sense. */
export class AlreadyAttached extends MoltnetError {
  constructor(agentId: string) {
    super('conflict', `${agentId} is attached already; one agent attaches twice only with one credential`)
  }
}

/** What a fault looks like to the client: nothing of this server's inside. */
export function refusalOf(error: unknown): Refusal {
  if (error instanceof AlreadyAttached) return { code: error.code, error: error.message, retryable: true }
  if (error instanceof MoltnetError && error.status < 500) return { code: error.code, error: error.message }
  if (error instanceof StoreFailed) return { code: 'service_unavailable', error: 'service unavailable' }
  logger.error('IDENTIFY failed: {error}', { error })
  return { code: 'internal_error', error: 'internal server error' }
}

/** The refusal of an input whose transition names the code and that brings no text of its own. */
export function refusalFor(input: SessionInput, code: ErrorCode): Refusal {
  return { code, error: TEXTS[input] ?? 'the session ended' }
}

const TEXTS: Readonly<Partial<Record<SessionInput, string>>> = {
  identify: 'IDENTIFY is the first frame and comes once',
  ack: 'the first frame must be IDENTIFY',
  nack: 'NACK is for durable consumers after READY',
  status: 'STATUS is for durable consumers after READY',
  identify_timeout: 'no IDENTIFY came in time',
  read_timeout: 'nothing was heard for too long',
  credential_expired: 'this token has expired',
  agent_removed: 'this agent was removed',
  taken_over: 'another socket of this durable consumer took over',
  unknown_cursor: 'this cursor was not sent on this socket',
  failure: 'internal error',
}
