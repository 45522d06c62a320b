import type { WakeEventType, WakeState } from '../../packages/server/src/eventlog/wake-machine.ts'

/** What each state of a wake means, in the order of the page; complete by type. */
export const STATE_WORDS: Readonly<Record<WakeState, string>> = {
  pending: 'Met in the log, waits to be sent.',
  held: 'Waits for an operator.',
  sent: 'On a socket, not ACKed yet.',
  backoff: 'A NACK came; waits for its next try.',
  done: 'ACKed. The runtime took the turn to its end.',
  dead: 'Given up after too many failed attempts, or the agent may no longer read the conversation.',
  expired: 'Too old to be worth delivering.',
  dismissed: 'An operator dismissed it, or the conversation left the subscription.',
}

/** What happens to a wake, as the page says it; complete by type. */
export const EVENT_WORDS: Readonly<Record<WakeEventType, string>> = {
  send: 'sent to the node',
  hold: 'needs approval, or a guard stops it',
  delay: 'a guard makes it wait for its time',
  approve: 'an operator approves it',
  dismiss: 'an operator dismisses it',
  retry: 'an operator wants it delivered after all, or tried now',
  ack: 'ACK',
  nack: 'NACK',
  turn_started: 'STATUS `turn_started`',
  turn_ended: 'STATUS `turn_ended`',
  socket_lost: 'its socket is gone',
  server_lost: 'the server stopped',
  due: 'its time has come',
  expire: 'too old when it would be sent',
  withdraw: 'the agent may no longer read it when it would be sent',
  unsubscribe: 'its conversation leaves the subscription',
  abandon: 'its consumer had no contact for too long',
}
