import { describe, expect, test } from 'bun:test'
import { BUN } from '../../scripts/lib/command.ts'
import { REPOSITORY } from '../../scripts/lib/files.ts'

/** The commands that take options, each with words that it cannot take and what is wrong with them. */
const COMMANDS = {
  bench: ['--rounds many', '--rounds must be a whole number from 1 on, not "many"'],
  conformance: ['--url', "Option '--url <value>' argument missing"],
  faults: ['-t', "Option '-t, --test-name-pattern <value>' argument missing"],
  fuzz: ['many', 'the number of requests must be a whole number from 1 on, not "many"'],
  simulation: ['--seeds 0', '--seeds must be a whole number from 1 on, not "0"'],
  soak: ['--minutes half', '--minutes must be a whole number from 1 on, not "half"'],
} as const

async function run(command: string, words: readonly string[]) {
  const child = Bun.spawn([BUN, `test/${command}/main.ts`, ...words], {
    cwd: REPOSITORY,
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'pipe',
  })
  const [stdout, stderr] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
  ])
  return { code: await child.exited, stdout, stderr }
}

describe.each(Object.entries(COMMANDS))('the command %s', (command, [words, wrong]) => {
  const script = command === 'bench' ? 'bench' : `test:${command}`

  test('shows its usage', async () => {
    const { code, stdout, stderr } = await run(command, ['--help'])
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toStartWith(`usage: npm run ${script} -- `)
  })

  test('says in one line which option it does not have', async () => {
    expect(await run(command, ['--colour'])).toEqual({
      code: 2,
      stdout: '',
      stderr: "Unknown option '--colour' (--help shows the usage)\n",
    })
  })

  test('says in one line what is wrong with a value', async () => {
    expect(await run(command, words.split(' '))).toEqual({
      code: 2,
      stdout: '',
      stderr: `${wrong} (--help shows the usage)\n`,
    })
  })
})
