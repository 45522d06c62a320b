import { expect, test } from 'bun:test'

/** Passes a place three times in a process of its own, and says each time that it lives. */
async function pass(failpoint: string): Promise<{ code: number; lines: string[]; error: string }> {
  const program = `
    import { failpoint } from '@moltnet/failpoints'
    for (const n of [1, 2, 3]) { failpoint('before_ack'); console.log(n) }`
  const child = Bun.spawn([process.execPath, '-e', program], {
    cwd: new URL('..', import.meta.url).pathname,
    env: { PATH: process.env['PATH'], MOLTNET_FAILPOINT: failpoint },
    stdout: 'pipe',
    stderr: 'pipe',
  })
  const [text, error, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ])
  return { code, lines: text.split('\n').slice(0, -1), error }
}

test('kills the process at the first pass, or at the one that is named', async () => {
  expect(await pass('before_ack')).toMatchObject({ code: 137, lines: [] })
  expect(await pass('before_ack:3')).toMatchObject({ code: 137, lines: ['1', '2'] })
})

test('leaves the process alone at other places and before its pass', async () => {
  expect(await pass('after_turn')).toMatchObject({ code: 0, lines: ['1', '2', '3'] })
  expect(await pass('before_ack:4')).toMatchObject({ code: 0, lines: ['1', '2', '3'] })
})

test('refuses a place that does not exist', async () => {
  for (const name of ['before_acks', '', 'before_ack:0', 'toString']) {
    const { code, error } = await pass(name)
    expect(code).toBe(1)
    expect(error).toContain('before_commit, after_commit')
  }
})
