import type { WakeEvent } from './wake-machine.ts'

/** What begins or ends turns, or shows that there will be none. */
export const TURNS: ReadonlySet<WakeEvent['type']> = new Set<WakeEvent['type']>([
  'turn_started',
  'turn_ended',
  'ack',
  'nack',
  'socket_lost',
])

/** What is written at once: what a node or an operator said cannot be found out anew. */
export const URGENT: ReadonlySet<WakeEvent['type']> = new Set<WakeEvent['type']>([
  'nack',
  'turn_started',
  'hold',
  'delay',
  'approve',
  'dismiss',
  'retry',
])

/** What may end a wake and depends on more than the wake and the clock. An ACK the node would give again. */
export const UNREPEATABLE: ReadonlySet<WakeEvent['type']> = new Set<WakeEvent['type']>(['nack', 'dismiss'])
