import { echo, fsyncPerSecond } from '../calibration.ts'
import type { ClosedLoopResult } from '../load/closed-loop.ts'
import { runLoad } from '../run-load.ts'
import { faultsOf, type Part, type Scale, type Scenario, spentFigures } from '../scenario.ts'
import { type Subject, watched } from '../server.ts'
import { type Payload, PAYLOADS, postingLoad, sized } from './payloads.ts'

interface Variant {
  clients: number
  payload: Payload
  rooms: number
}

const [SMALL, MIDDLE, LARGE] = PAYLOADS

const VARIANTS: readonly Variant[] = [
  ...[1, 8, 32, 64].map((clients) => ({ clients, payload: SMALL, rooms: 1 })),
  { clients: 32, payload: SMALL, rooms: 100 },
  { clients: 32, payload: MIDDLE, rooms: 1 },
  { clients: 32, payload: LARGE, rooms: 1 },
]

/** Accepted messages per second, every 202 after its fsync. */
export const accepted: Scenario = {
  about: 'messages accepted per second; each client sends its next one when the last is stored',
  parts: (scale) => VARIANTS.map((variant) => part(variant, scale)),
}

function part(variant: Variant, scale: Scale): Part {
  const { clients, payload, rooms } = variant
  const name = `${clients} ${clients === 1 ? 'client' : 'clients'}, ${sized(payload, rooms)}`
  const load = postingLoad(variant, scale)
  return {
    name,
    async calibrate() {
      const bare = await echo(load)
      const syncs = await fsyncPerSecond(scale.seconds / 4)
      return (subject) => measure(subject, { name, load, bare, syncs })
    },
  }
}

async function measure(
  subject: Subject,
  o: {
    name: string
    load: { rooms: number }
    bare: Awaited<ReturnType<typeof echo>>
    syncs: number
  },
) {
  await using server = await subject.start({ rooms: o.load.rooms })
  const { hostname, port } = server
  const { result, spent } = await watched(server, () =>
    runLoad<ClosedLoopResult>('posts', { ...o.load, hostname, port }),
  )
  const { perSecond, p50Ms, p99Ms, answered, failed } = result
  const syncMs = { name: 'bare fsync', value: 1000 / o.syncs }
  return {
    figures: [
      {
        name: `${o.name}: accepted`,
        unit: '/s',
        value: perSecond,
        better: 'more' as const,
        of: { name: 'bare echo', value: o.bare.perSecond },
      },
      { name: `${o.name}: answer p50`, unit: 'ms', value: p50Ms, better: 'less' as const, of: syncMs },
      {
        name: `${o.name}: answer p99`,
        unit: 'ms',
        value: p99Ms,
        better: 'less' as const,
        of: { name: 'bare echo p99', value: o.bare.p99Ms },
      },
      ...spentFigures(spent, { messages: answered, prefix: o.name, echoCpu: o.bare.cpuSecondsPer1000 }),
    ],
    faults: faultsOf({ spent, failed }),
  }
}
