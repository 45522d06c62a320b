import { fault } from '../fault.ts'

/** Seeds that a run begins at, so that each run has worlds of its own. */
const SEEDS = 100_000_000

fault(
  {
    id: 'simulation',
    about: 'simulated worlds: kills, half-open sockets, full disks, refused turns and clock jumps, by seed',
    rounds: { ci: 50, full: 2_000 },
    roundMs: 600,
  },
  async ({ rounds, seed }) => {
    const script = new URL('../../simulation/main.ts', import.meta.url).pathname
    const args = ['--seeds', String(rounds), '--first', String(seed % SEEDS)]
    const child = Bun.spawn([process.execPath, script, ...args], {
      stdin: 'ignore',
      stdout: 'pipe',
      stderr: 'inherit',
    })
    const output = await new Response(child.stdout).text()
    if ((await child.exited) !== 0) throw new Error(output)
    const figures = /(\d+) messages, (\d+) wakes, (\d+) turns, (\d+) faults, ([\d.]+) simulated hours/.exec(
      output,
    )
    if (figures === null) throw new Error(`no totals in: ${output}`)
    const [, messages, wakes, turns, faults, hours] = figures.map(Number)
    return {
      figures: {
        violations: 0,
        messages: messages ?? 0,
        wakes: wakes ?? 0,
        turns: turns ?? 0,
        faults: faults ?? 0,
        'simulated time, h': hours ?? 0,
      },
    }
  },
)
