import { openEchoP99Ms } from '../calibration.ts'
import type { OpenPostsResult } from '../load/posts.ts'
import { runLoad } from '../run-load.ts'
import { faultsOf, type Part, type Scale, type Scenario, spentFigures } from '../scenario.ts'
import { type Subject, watched } from '../server.ts'
import { type Payload, PAYLOADS, postingLoad, sized } from './payloads.ts'

interface Variant {
  ratePerSecond: number
  attachments: number
  payload: Payload
  rooms: number
}

const [SMALL, MIDDLE, LARGE] = PAYLOADS

const VARIANTS: readonly Variant[] = [
  { ratePerSecond: 50, attachments: 100, payload: SMALL, rooms: 1 },
  ...[1, 100].flatMap((rooms) => [
    { ratePerSecond: 2_000, attachments: 10, payload: SMALL, rooms },
    { ratePerSecond: 1_000, attachments: 10, payload: MIDDLE, rooms },
    { ratePerSecond: 100, attachments: 10, payload: LARGE, rooms },
  ]),
]

/** How long a message takes under a load that does not wait for the server. */
export const open: Scenario = {
  about:
    'times from the intended send at a fixed rate: until the answer, and until the frame is at each attachment',
  parts: (scale) => VARIANTS.map((variant) => part(variant, scale)),
}

function part(variant: Variant, scale: Scale): Part {
  const { ratePerSecond, attachments, payload, rooms } = variant
  const name = `${ratePerSecond}/s to ${attachments} attachments, ${sized(payload, rooms)}`
  const load = postingLoad(variant, scale)
  return {
    name,
    async calibrate() {
      const echoMs = await openEchoP99Ms(load)
      return (subject) => measure(subject, { name, load, echoMs })
    },
  }
}

async function measure(
  subject: Subject,
  o: { name: string; load: { rooms: number; attachments: number }; echoMs: number },
) {
  const { rooms, attachments } = o.load
  await using server = await subject.start({ rooms, members: attachments })
  const { hostname, port, network } = server
  const { result, spent } = await watched(server, () =>
    runLoad<OpenPostsResult>('openPosts', { ...o.load, hostname, port, network }),
  )
  const of = { name: 'bare echo p99', value: o.echoMs }
  const times = [
    ['answer p50', result.p50Ms],
    ['answer p99', result.p99Ms],
    ['frame p50', result.frameP50Ms],
    ['frame p99', result.frameP99Ms],
  ] as const
  return {
    figures: [
      ...times.map(([what, value]) => ({
        name: `${o.name}: ${what}`,
        unit: 'ms',
        value,
        better: 'less' as const,
        of: what.endsWith('p99') ? of : undefined,
      })),
      ...spentFigures(spent, { messages: result.answered, prefix: o.name }),
    ],
    faults: faultsOf({ spent, ...result }),
  }
}
