import { expect, test } from 'bun:test'
import { rmSync, writeFileSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { temporaryFolder } from '../support/folder.ts'
import { startTestServer, TEST_NETWORK, untilConnected } from '../support/network.ts'
import { type Finished, moltnet, startProgram } from '../support/program.ts'

const LIMIT_MS = 120_000

/** Answers with the last line that asks for a pong, where it was asked. */
const ANSWERS = `pong=$(cat | grep -o 'pong [0-9a-f]*' | tail -1); moltnet send --target "$MOLTNET_TARGET" --text "$pong" > /dev/null`

/** What the agents of the scene do with a wake, by their name. */
const SCRIPTS = {
  good: ANSWERS,
  mumbler: `cat | grep -o 'pong [0-9a-f]*' | tail -1`,
  deaf: ANSWERS,
  broken: 'cat > /dev/null; echo no money left >&2; exit 1',
  held: ANSWERS,
  slow: 'cat > /dev/null; sleep 60',
}

/** What differs from an attachment to all direct messages. */
const SETTINGS: Record<string, string> = {
  deaf: 'rooms: [{ id: hall, wake: mentions }]',
  held: 'dms: { enabled: true, approval: true }',
}

interface Result {
  ok: boolean
  outcome: string
  explanation: string
  fix?: string
  message_id: string
  nonce: string
  answered: boolean
  total_ms: number
  steps: { step: string; after_ms: number }[]
}

interface Scene extends AsyncDisposable {
  ping(...words: string[]): Promise<Finished>
  /** Of `--json`. */
  result(...words: string[]): Promise<Result & { code: number }>
  folder: string
}

async function scene(): Promise<Scene> {
  const stack = new AsyncDisposableStack()
  const folder = stack.use(await temporaryFolder()).path
  const members = JSON.stringify([...Object.keys(SCRIPTS), 'stranger'])
  const server = stack.use(
    await startTestServer({ folder, rooms: `[{ id: hall, members: ${members.replaceAll('"', '')} }]` }),
  )
  const blocks = Object.entries(SCRIPTS).map(async ([agent, script]) => {
    const work = join(folder, agent)
    await mkdir(work)
    await writeFile(join(folder, `${agent}.sh`), script)
    return `
  - agent: { id: ${agent} }
    ${SETTINGS[agent] ?? 'dms: { enabled: true }\n    rooms: [{ id: hall, wake: mentions }]'}
    runtime: { kind: command, command: ${agent === 'good' ? join(folder, 'good-program') : '/bin/sh'}, args: [${join(folder, `${agent}.sh`)}], workspace_path: ${work} }`
  })
  writeFileSync(join(folder, 'good-program'), '#!/bin/sh\nexec /bin/sh "$@"\n', { mode: 0o755 })
  const config = join(folder, 'MoltnetNode')
  await writeFile(
    config,
    `moltnet: { base_url: "${server.url}", network_id: ${TEST_NETWORK} }\nattachments:${(await Promise.all(blocks)).join('')}\n`,
    { mode: 0o600 },
  )
  stack.use(
    startProgram(['node', 'start', config], { cwd: folder, env: { MOLTNET_LOG: 'json', HOME: folder } }),
  )
  await untilConnected(server.client, ...Object.keys(SCRIPTS))
  const ping = (...words: string[]) => moltnet(['ping', ...words, '--base-url', server.url], { cwd: folder })
  return {
    folder,
    ping,
    async result(...words) {
      const { code, stdout, stderr } = await ping(...words, '--json')
      if (stdout === '') throw new Error(stderr)
      return { code, ...(JSON.parse(stdout) as Result) }
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  }
}

test(
  'a ping goes the whole way of a wake, tells each step as it happens, and says what is wrong with an agent',
  async () => {
    await using s = await scene()
    const good = await s.ping('@good')
    expect(good.code).toBe(0)
    expect(good.stdout).toMatch(/ms +sent +try 1\n[^]*turn_started[^]*turn_ended[^]*spoke\n/)
    expect(good.stdout).toContain('pong: good answered with the nonce.')
    expect(good.stderr).toMatch(/^ping good on testnet, nonce [0-9a-f]{8}, message msg_/)

    const room = await s.result('good', '--target', 'room:hall')
    expect(room).toMatchObject({ code: 0, ok: true, outcome: 'answered', answered: true })
    expect(room.steps.map(({ step }) => step)).toEqual(
      expect.arrayContaining(['stored', 'sent', 'turn_started', 'turn_ended', 'spoke']),
    )
    expect(room.total_ms).toBeGreaterThan(0)

    expect(await s.result('mumbler')).toMatchObject({
      code: 1,
      outcome: 'silent',
      explanation: expect.stringContaining('only in its own log'),
      fix: expect.stringContaining('moltnet send'),
    })
    expect(await s.result('mumbler', '--no-answer')).toMatchObject({ code: 0, ok: true, outcome: 'silent' })
    expect(await s.result('broken')).toMatchObject({
      code: 1,
      outcome: 'failed',
      explanation: expect.stringContaining('no money left'),
    })
    expect(await s.result('held')).toMatchObject({
      code: 1,
      outcome: 'held',
      fix: expect.stringMatching(/^moltnet wakes approve wake_/),
    })
    expect(await s.result('deaf')).toMatchObject({
      code: 1,
      outcome: 'not_woken',
      explanation: expect.stringContaining('direct messages do not wake deaf'),
      fix: expect.stringContaining('--target room:<id>'),
    })
    expect(await s.result('stranger')).toMatchObject({
      code: 1,
      outcome: 'not_woken',
      explanation: expect.stringContaining('has never been attached'),
    })
    expect(await s.result('slow', '--timeout', '2')).toMatchObject({
      code: 1,
      outcome: 'timeout',
      explanation: expect.stringContaining('still works on it'),
    })
    const nobody = await s.ping('@nobody')
    expect(nobody).toMatchObject({ code: 1, stdout: '' })
    expect(nobody.stderr).toContain('nobody is not registered on testnet')

    rmSync(join(s.folder, 'good-program'))
    expect(await s.result('good', '--timeout', '2')).toMatchObject({
      code: 1,
      outcome: 'timeout',
      explanation: expect.stringMatching(/cannot hand it over \(unavailable: .*good-program was not found/),
    })
  },
  LIMIT_MS,
)

test('ping refuses a time or a target that makes no sense, before anything is sent', async () => {
  const at = ['--base-url', 'http://127.0.0.1:1']
  expect((await moltnet(['ping', 'x', '--timeout', '0', ...at])).code).toBe(2)
  expect((await moltnet(['ping', 'x'])).code).toBe(2)
})
