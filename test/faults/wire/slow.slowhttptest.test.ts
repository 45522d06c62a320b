import { expect } from 'bun:test'
import { fault } from '../fault.ts'
import { World } from '../harness/world.ts'

/** Connections that one attack holds. */
const CONNECTIONS = 300

/** How long an attack goes on, in seconds. */
const ATTACK_S = 20

/**
 * An answer that takes this long means that the server was held up, in milliseconds: much longer than one on a loaded
 * machine, shorter than the attack.
 */
const HELD_UP_MS = 12_000

const ATTACKS = [
  { id: 'slow-headers', what: 'headers that never end (slowloris)', mode: ['-H'], path: '/v1/rooms' },
  { id: 'slow-bodies', what: 'bodies that trickle in', mode: ['-B', '-s', '8192'], path: '/v1/messages' },
  {
    id: 'slow-reads',
    what: 'answers that are read byte by byte',
    mode: ['-X', '-k', '3'],
    path: '/openapi.json',
  },
] as const

for (const { id, what, mode, path } of ATTACKS) {
  fault(
    {
      id,
      about: `${CONNECTIONS} connections with ${what}: everybody else is served`,
      rounds: { ci: 1, full: 5 },
      roundMs: 180_000,
    },
    async ({ rounds, seed }) => {
      await using world = await World.start({ seed })
      let longestMs = 0
      for (let round = 0; round < rounds; round++) {
        const count = ['-c', String(CONNECTIONS), '-r', String(CONNECTIONS), '-l', String(ATTACK_S)]
        const args = [...mode, ...count, '-i', '1', '-p', '30', '-u', `${world.url}${path}`]
        const attack = Bun.spawn(['slowhttptest', ...args], {
          stdin: 'ignore',
          stdout: 'pipe',
          stderr: 'inherit',
        })
        const output = new Response(attack.stdout).text()
        while (attack.exitCode === null) {
          const asked = performance.now()
          expect(await world.client.ready()).toEqual({ status: 'ready' })
          longestMs = Math.max(longestMs, performance.now() - asked)
          await world.progress(10)
        }
        const held = [...Bun.stripANSI(await output).matchAll(/connected:\s+(\d+)/g)].map(([, count]) =>
          Number(count),
        )
        expect(Math.max(...held)).toBeGreaterThan(CONNECTIONS / 2)
      }
      expect(longestMs).toBeLessThan(HELD_UP_MS)
      return {
        counts: await world.finish(),
        figures: { connections: CONNECTIONS, 'longest answer to others, ms': Math.round(longestMs) },
      }
    },
  )
}
