/** The places, each with the moment that it stands for. */
export const FAILPOINTS = {
  before_commit: 'in the store, when a batch is written and not committed',
  after_commit: 'in the store, after the commit; nobody has been told yet',
  after_fan_out: 'in the store, when readers got what is new and its writers have no answer yet',
  before_consumer_save:
    'in the server, when agents and writers know, and the state of the consumers is not saved',
  in_migration: 'in a migration step, when its statements ran and it is not committed',
  after_turn: 'in the node, when a turn has ended and nothing of that is noted',
  before_ack: 'in the node, when the end of a turn is noted and not ACKed',
} as const

/** Name of a failpoint. */
export type Failpoint = keyof typeof FAILPOINTS

/** Passes of the chosen failpoint so far. */
let passes = 0

/**
 * Ends this process with SIGKILL when the variable `MOLTNET_FAILPOINT` names this place: `<name>` at the
 * first pass, `<name>:<n>` at the n-th. Throws for a name that does not exist, so that no test passes because
 * its fault never happened. Every call stands behind a look at the variable:
 *
 *     if (process.env.MOLTNET_FAILPOINT !== undefined) failpoint('before_commit')
 *
 * A release is compiled with that expression defined as undefined, and nothing of the call is left in it.
 */
export function failpoint(name: Failpoint): void {
  const [wanted = '', pass = '1'] = (process.env.MOLTNET_FAILPOINT ?? '').split(':')
  if (!Object.hasOwn(FAILPOINTS, wanted) || !/^[1-9]\d*$/.test(pass)) {
    const known = Object.keys(FAILPOINTS).join(', ')
    throw new Error(`MOLTNET_FAILPOINT is no <name> or <name>:<n> of ${known}`)
  }
  if (wanted !== name) return
  passes += 1
  if (passes === Number(pass)) process.kill(process.pid, 'SIGKILL')
}
