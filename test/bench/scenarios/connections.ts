import { bareStormMs } from '../calibration.ts'
import { attachFleet } from '../run-load.ts'
import type { Figure, Measurement, Scenario } from '../scenario.ts'
import type { Subject } from '../server.ts'

/** Connecting a fleet, and what it and the idle process cost in memory. */
export const connections: Scenario = {
  about: 'time to connect 1,000 attachments, and what they and the idle process cost in memory',
  parts: (scale) => {
    const attachments = scale.quick ? 200 : 1_000
    return [
      {
        name: `${attachments} attachments`,
        async calibrate() {
          const bareMs = await bareStormMs(attachments)
          return (subject: Subject) => measure(subject, { attachments, bareMs })
        },
      },
    ]
  },
}

async function measure(
  subject: Subject,
  { attachments, bareMs }: { attachments: number; bareMs: number },
): Promise<Measurement> {
  await using server = await subject.start({ members: attachments })
  const { hostname, port, network } = server
  const figures: Figure[] = []
  const faults: string[] = []
  const idle = await server.residentBytes()
  if (idle !== undefined)
    figures.push({ name: 'idle process', unit: 'MB', value: idle / 1024 / 1024, better: 'less' })
  for (const round of ['first contact', 'known agents']) {
    const before = await server.residentBytes()
    await using fleet = await attachFleet({ hostname, port, network, attachments })
    const after = await server.residentBytes()
    const name = `${attachments.toLocaleString('en-US')} attachments, ${round}`
    figures.push({
      name: `${name}: until READY`,
      unit: 'ms',
      value: fleet.connectedMs,
      better: 'less',
      of: { name: 'bare server', value: bareMs },
    })
    if (before !== undefined && after !== undefined)
      figures.push({
        name: `${name}: memory each`,
        unit: 'kB',
        value: (after - before) / 1024 / attachments,
        better: 'less',
      })
    faults.push(...fleet.failures)
  }
  return { figures, faults }
}
