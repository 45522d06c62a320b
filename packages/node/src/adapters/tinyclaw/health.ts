import type { RuntimeFault, RuntimeHealth } from '../health.ts'
import type { ApiContact } from './api.ts'

/** What is said when nobody answers where TinyClaw should be. */
export function notThere(place: string, error: string): RuntimeFault {
  return {
    problem: `no TinyClaw answers at ${place} (${error})`,
    fix: 'start it with `tinyagi start`, or set runtime.inbound_url',
  }
}

/** What an operator does about a TinyClaw that refuses the node. */
export const TOKEN_FIX = 'set runtime.token to what it accepts'

/** What an answer of the API says about TinyClaw. An older one does not know every path, and answers. */
export function healthOf(contact: ApiContact, place: string): RuntimeHealth {
  if (contact.type === 'unreachable') return { state: 'unreachable', ...notThere(place, contact.error) }
  const { status } = contact
  if (status === 401 || status === 403) {
    return { state: 'refused', problem: `TinyClaw at ${place} answered ${status}`, fix: TOKEN_FIX }
  }
  // What a proxy says when nobody is behind it, or a server that is starting.
  if (status >= 502 && status <= 504) {
    return { state: 'unreachable', ...notThere(place, `status ${status}`) }
  }
  return { state: 'ready' }
}
