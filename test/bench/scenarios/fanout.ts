import { bareFramesPerSecond } from '../calibration.ts'
import type { FanoutResult } from '../load/fanout.ts'
import { runLoad } from '../run-load.ts'
import {
  faultsOf,
  type Measurement,
  type Part,
  type Scale,
  type Scenario,
  spentFigures,
} from '../scenario.ts'
import { type Subject, watched } from '../server.ts'

/** Clients that post while the attachments listen. */
const POSTERS = 32

/** EVENT frames per second to v1 attachments that ACK each one. */
export const fanout: Scenario = {
  about: 'EVENT frames per second to attachments that ACK each one',
  parts: (scale) => [10, 100, 1_000].map((attachments) => part('fanout', attachments, scale)),
}

/** Wakes per second of durable consumers. */
export const durable: Scenario = {
  about: 'wakes per second to durable consumers: each is a row of the ledger, sent and ACKed',
  parts: (scale) => [10, 100].map((attachments) => part('durable', attachments, scale)),
}

function part(kind: 'fanout' | 'durable', attachments: number, scale: Scale): Part {
  const what = kind === 'fanout' ? 'attachments' : 'consumers'
  const name = `${attachments} ${what}`
  const load = {
    attachments,
    clients: POSTERS,
    seconds: scale.seconds,
    warmupSeconds: scale.warmupSeconds,
  }
  return {
    name,
    async calibrate() {
      const bare = await bareFramesPerSecond(load)
      return async (subject: Subject): Promise<Measurement> => {
        await using server = await subject.start({ members: attachments })
        const { hostname, port, network } = server
        const { result, spent } = await watched(server, () =>
          runLoad<FanoutResult>(kind, { ...load, hostname, port, network }),
        )
        return {
          figures: [
            {
              name: `${name}: ${kind === 'fanout' ? 'frames' : 'wakes'}`,
              unit: '/s',
              value: result.framesPerSecond,
              better: 'more',
              of: { name: 'bare send loop', value: bare },
            },
            ...spentFigures(spent, { messages: result.posted, prefix: name }),
          ],
          faults: faultsOf({ spent, ...result }),
        }
      }
    },
  }
}
