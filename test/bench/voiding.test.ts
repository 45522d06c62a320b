import { describe, expect, test } from 'bun:test'
import { startOwnServer } from '../conformance/own/server.ts'
import { OWN_NETWORK } from '../conformance/own/setup.ts'
import type { FanoutResult } from './load/fanout.ts'
import { dropOneMessage } from './lossy-proxy.ts'
import { summarize } from './rounds.ts'
import { runLoad } from './run-load.ts'
import { faultsOf } from './scenario.ts'
import { furnish, watched } from './server.ts'
import { runningSubject } from './server-process.ts'

const NOTHING_SPENT = { cpuSeconds: undefined, loopDelayP99Ms: undefined, lost: 0 }
const ATTACHMENTS = 3

async function fanoutThrough(port: number): Promise<FanoutResult> {
  return runLoad<FanoutResult>('fanout', {
    port,
    network: OWN_NETWORK,
    attachments: ATTACHMENTS,
    clients: 2,
    seconds: 0.3,
  })
}

async function furnished() {
  const own = await startOwnServer({ name: 'bench', mode: 'none', storage: 'memory' })
  const server = await runningSubject('own', own.target.baseUrl).start()
  await furnish(server, { members: ATTACHMENTS })
  return { server, [Symbol.asyncDispose]: () => own[Symbol.asyncDispose]() }
}

describe('a measurement', () => {
  test('counts when every frame came', async () => {
    await using own = await furnished()
    const result = await fanoutThrough(own.server.port)
    expect(result.posted).toBeGreaterThan(0)
    expect(faultsOf({ spent: NOTHING_SPENT, ...result })).toEqual([])
  })

  test('is void when one frame is missing', async () => {
    await using own = await furnished()
    await using proxy = dropOneMessage(own.server.port)
    const result = await fanoutThrough(proxy.port)
    expect(proxy.dropped()).toBe(1)
    const faults = faultsOf({ spent: NOTHING_SPENT, ...result })
    expect(faults).toEqual(['1 frames are missing'])
    const figures = [{ name: 'frames', unit: '/s', value: 1, better: 'more' as const }]
    expect(summarize('own', [{ figures, faults }])).toEqual({
      subject: 'own',
      figures: [],
      voided: ['round 1: 1 frames are missing'],
    })
  })

  test('is void when the server says that it dropped an event', async () => {
    let dropped = 0
    using lossy = Bun.serve({
      port: 0,
      hostname: '127.0.0.1',
      routes: {
        '/metrics': () => new Response(`# TYPE x counter\nmoltnet_events_dropped_total ${dropped}\n`),
        '/v1/network': () => Response.json({ id: OWN_NETWORK }),
        '/v1/rooms': () => new Response(null, { status: 201 }),
      },
    })
    const server = await runningSubject('lossy', lossy.url.href).start()
    const { spent } = await watched(server, async () => {
      dropped += 1
    })
    expect(faultsOf({ spent })).toEqual(['1 events were dropped or subscribers cut, says the server'])
  })
})

describe('a summary', () => {
  test('has the median, the least and the most, and the median of the ratios', () => {
    const measured = [30, 10, 20].map((value, round) => ({
      figures: [
        {
          name: 'accepted',
          unit: '/s',
          value,
          better: 'more' as const,
          of: { name: 'echo', value: [60, 10, 80][round] as number },
        },
      ],
      faults: [],
    }))
    expect(summarize('own', measured).figures).toEqual([
      {
        name: 'accepted',
        unit: '/s',
        better: 'more',
        median: 20,
        min: 10,
        max: 30,
        rounds: 3,
        of: { name: 'echo', median: 60, ratio: 0.5 },
      },
    ])
  })
})
