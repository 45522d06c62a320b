import type { ConnectionReason } from '@moltnet/protocol'
import type { ChangeDetail } from './presence.ts'
import type { SessionInput } from './session.ts'

/** Close codes of RFC 6455 that say something about why a client left. */
const CLOSE_REASONS: Readonly<Record<number, ConnectionReason>> = {
  1000: 'client_closed',
  1001: 'client_going_away',
  1002: 'read_error',
  1003: 'read_error',
  1005: 'client_closed',
  1006: 'read_error',
  1007: 'read_error',
  1009: 'read_error',
}

const INPUT_REASONS: Readonly<Partial<Record<SessionInput, ConnectionReason>>> = {
  read_timeout: 'read_timeout',
  stalled: 'event_write_failed',
  credential_expired: 'event_stream_closed',
  agent_removed: 'agent_removed',
  taken_over: 'event_stream_closed',
  refused: 'event_stream_closed',
  failure: 'event_stream_closed',
  stop: 'request_context_done',
}

/** Why a session that was ready ended, as `agent.disconnected` tells it. */
export function departure(
  input: SessionInput,
  o: { readonly closeCode?: number; readonly error?: string },
): ChangeDetail {
  if (input === 'socket_closed') {
    const reason = CLOSE_REASONS[o.closeCode ?? 1006] ?? 'client_closed'
    return { reason, error: o.error }
  }
  // What is left are frames: the client's own ERROR, and those that break the protocol.
  return { reason: INPUT_REASONS[input] ?? 'client_error', error: o.error }
}
