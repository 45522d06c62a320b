import type { Tx } from '../../packages/server/src/store/port.ts'
import type { StoreFault } from './observed-store.ts'

/** A fault that is planted on purpose, to show that the simulation would find it. */
export interface Mutation extends StoreFault {
  readonly name: string
  /** Exchanges a frame of the server for others … */
  sent?(frame: string): readonly string[]
  /** … or one of a client. */
  arrived?(frame: string): readonly string[]
  /** The node's journal is lost with its process. */
  readonly losesJournal?: true
  /** A crash takes the newest commits with it. */
  readonly losesCommits?: true
}

const isNack = (frame: string) => frame.startsWith('{"op":"NACK"')

/** An EVENT of a durable consumer's wake. */
const isWake = (frame: string) => frame.startsWith('{"op":"EVENT"') && frame.includes('"redelivered":')

/** Known kinds of mistakes, each made anew for a world. */
export const MUTATIONS: readonly (() => Mutation)[] = [
  () => ({
    name: 'the end of a wake is never saved',
    tx: (tx: Tx) => ({
      saveConsumers: (changes) =>
        tx.saveConsumers(
          changes.map((change) => ({
            ...change,
            wakes: change.wakes.filter(({ state }) => state !== 'done'),
          })),
        ),
    }),
  }),
  () => ({
    name: 'the scan passes wakes that are not saved',
    tx: (tx: Tx) => ({
      saveConsumers: (changes) =>
        tx.saveConsumers(changes.map((change) => ({ ...change, wakes: change.wakes.slice(1) }))),
    }),
  }),
  () => ({ name: 'an entry of the log is skipped', skipsEntries: 20 }),
  () => ({
    name: 'the window is not kept',
    arrived: (frame) => [frame.replace(/"window":\d+/, '"window":1024')],
  }),
  () => ({
    name: 'a refused wake counts as done',
    arrived: (frame) =>
      isNack(frame)
        ? [JSON.stringify({ op: 'ACK', cursor: (JSON.parse(frame) as { cursor: string }).cursor })]
        : [frame],
  }),
  () => ({
    name: 'every wake is sent twice',
    sent: (frame) => (isWake(frame) ? [frame, frame] : [frame]),
  }),
  () => ({ name: 'wakes change places', sent: swapping() }),
  () => ({ name: 'the node forgets what it finished', losesJournal: true }),
  () => ({ name: 'a crash takes the newest commits with it', losesCommits: true }),
]

/** Holds every seventh EVENT back until the one after it. */
function swapping(): (frame: string) => readonly string[] {
  let count = 0
  let held: string | undefined
  return (frame) => {
    if (!isWake(frame)) return [frame]
    const before = held
    held = undefined
    if (before !== undefined) return [frame, before]
    count += 1
    if (count % 7 !== 0) return [frame]
    held = frame
    return []
  }
}
