import { describe, expect, test } from 'bun:test'

const SEEDS = 300

/** Runs the simulation as a process of its own, because it replaces the platform's clocks. */
async function simulation(...args: string[]): Promise<{ code: number; output: string }> {
  const child = Bun.spawn([process.execPath, `${import.meta.dir}/main.ts`, ...args], {
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'pipe',
  })
  const [output, errors, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ])
  return { code, output: output + errors }
}

describe('simulated worlds', () => {
  test('lose nothing, keep every order and come to rest, whatever happens to them', async () => {
    const { code, output } = await simulation('--seeds', String(SEEDS))
    expect(output).toContain(`${SEEDS} worlds, 0 with violations`)
    expect(code).toBe(0)
  })

  test('go the same way for the same seed', async () => {
    const [first, second] = await Promise.all([
      simulation('--seed', '17', '--trace'),
      simulation('--seed', '17', '--trace'),
    ])
    expect(first.output).toContain('EVENT')
    expect(second.output).toBe(first.output)
  })

  test('find every planted mistake', async () => {
    const { code, output } = await simulation('--mutations')
    expect(output).not.toContain('not found')
    expect(output.trimEnd().split('\n').length).toBeGreaterThan(8)
    expect(code).toBe(0)
  })
})
