import { bareStormMs, openEchoP99Ms } from '../calibration.ts'
import type { Completeness } from '../load/frame-counter.ts'
import { percentile } from '../load/figures.ts'
import type { OpenLoopSample } from '../load/open-loop.ts'
import { attachFleet, type Fleet, runLoad } from '../run-load.ts'
import { faultsOf, type Measurement, type Scenario, spentFigures } from '../scenario.ts'
import { type BenchServer, type Subject, watched } from '../server.ts'

const RATE_PER_SECOND = 100
/** Seconds from one storm to the next. */
const PAUSE_SECONDS = 2
/** Presence and what was missed follow a return: that still counts as the storm, in milliseconds. */
const AFTERMATH_MS = 500

/** Everybody loses the connection and is back at once, while somebody posts. */
export const storm: Scenario = {
  about:
    'all attachments are cut and return at the same time, each from its last cursor, while messages are posted at 100/s',
  parts: (scale) => {
    const attachments = 1_000
    const storms = scale.quick ? 1 : 4
    const name = `${attachments.toLocaleString('en-US')} attachments`
    return [
      {
        name,
        async calibrate() {
          const bare = {
            stormMs: await bareStormMs(attachments),
            echoMs: await openEchoP99Ms({ ratePerSecond: RATE_PER_SECOND, seconds: scale.seconds }),
          }
          return (subject: Subject) => measure(subject, { name, attachments, storms, bare })
        },
      },
    ]
  },
}

interface Options {
  name: string
  attachments: number
  storms: number
  bare: { stormMs: number; echoMs: number }
}

async function measure(subject: Subject, o: Options): Promise<Measurement> {
  await using server = await subject.start({ members: o.attachments })
  const { hostname, port, network } = server
  await using fleet = await attachFleet({ hostname, port, network, attachments: o.attachments })
  const { result, spent } = await watched(server, () => weather(server, fleet, o.storms))
  const { during, backMs, posted, completeness, failed } = result
  return {
    figures: [
      {
        name: `${o.name}: until all are back`,
        unit: 'ms',
        value: Math.max(...backMs),
        better: 'less',
        of: { name: 'bare server', value: o.bare.stormMs },
      },
      {
        name: `${o.name}: answer p99 meanwhile`,
        unit: 'ms',
        value: percentile(during, 99),
        better: 'less',
        of: { name: 'bare echo p99 without a storm', value: o.bare.echoMs },
      },
      ...spentFigures(spent, { messages: posted, prefix: o.name }),
    ],
    faults: faultsOf({ spent, failed, ...completeness }),
  }
}

/** Storms with posts from before the first until after the last. */
async function weather({ hostname, port }: BenchServer, fleet: Fleet, storms: number) {
  const posts = runLoad<{ samples: OpenLoopSample[]; answered: number; failed: number }>('timedPosts', {
    hostname,
    port,
    ratePerSecond: RATE_PER_SECOND,
    seconds: (storms + 1) * PAUSE_SECONDS,
  })
  const periods: { cutAt: number; backAt: number }[] = []
  for (let round = 0; round < storms; round++) {
    await Bun.sleep(PAUSE_SECONDS * 1000)
    periods.push(await fleet.ask<{ cutAt: number; backAt: number }>('storm'))
  }
  const { samples, answered, failed } = await posts
  const inStorm = ({ at }: OpenLoopSample) =>
    periods.some(({ cutAt, backAt }) => at >= cutAt && at <= backAt + AFTERMATH_MS)
  return {
    during: samples.filter(inStorm).map(({ ms }) => ms),
    backMs: periods.map(({ cutAt, backAt }) => backAt - cutAt),
    posted: answered,
    failed,
    completeness: await fleet.ask<Completeness>(String(answered)),
  }
}
