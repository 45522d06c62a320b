import type { Network } from '@moltnet/protocol'

/** What the viewer may do, as far as the server says so. Everything is still decided by the server. */
export interface Rights {
  /** Sees everything: wakes, direct channels, pairings. Without it only public rooms. */
  observe: boolean
  /** May speak as a human. */
  speak: boolean
  /** May create and remove rooms and agents, and change members. */
  administrate: boolean
  /** May approve, dismiss, retry and publish. */
  operate: boolean
  /** Came by a token, so it can sign out. */
  signedIn: boolean
}

/** Reads the rights from what the server says about itself and about the session. */
export function rightsOf({ session, console }: Pick<Network, 'session' | 'console'>): Rights {
  const humans = console?.can_send_human === true
  // A server that does not speak of sessions: the console was given out, so it may be looked at.
  if (session === undefined) {
    return { observe: true, speak: humans, administrate: false, operate: false, signedIn: false }
  }
  const has = (scope: (typeof session.scopes)[number]) => session.scopes.includes(scope)
  const isOperator = session.kind === 'operator'
  return {
    observe: isOperator || has('observe') || has('admin'),
    speak: humans && (isOperator || (session.kind === 'token' && has('write'))),
    administrate: isOperator || has('admin'),
    operate: isOperator || has('admin') || (session.kind === 'token' && has('observe') && has('write')),
    signedIn: session.kind === 'token',
  }
}
