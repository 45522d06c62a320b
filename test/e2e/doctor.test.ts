import { expect, test } from 'bun:test'
import { chmodSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { until } from '../support/condition.ts'
import { temporaryFolder } from '../support/folder.ts'
import { freePort, say, startTestServer, TEST_NETWORK, untilConnected } from '../support/network.ts'
import { moltnet, startProgram } from '../support/program.ts'

const LIMIT_MS = 60_000
const SECRET = 'a-very-secret-token'

interface Finding {
  area: string
  severity: 'ok' | 'info' | 'warning' | 'error'
  subject: string
  message: string
  fix?: string
}

interface Visit {
  code: number
  findings: Finding[]
  /** Findings that are worse than information. */
  bad: Finding[]
}

async function doctor(
  dir: string,
  o: { env?: Record<string, string>; flags?: string[] } = {},
): Promise<Visit> {
  const run = await moltnet(['doctor', dir, '--json', ...(o.flags ?? [])], {
    cwd: dir,
    env: { HOME: dir, ...o.env },
  })
  if (run.stdout === '') throw new Error(run.stderr)
  expect(run.stdout + run.stderr).not.toContain(SECRET)
  const { findings } = JSON.parse(run.stdout) as { findings: Finding[] }
  const bad = findings.filter(({ severity }) => severity === 'warning' || severity === 'error')
  return { code: run.code, findings, bad }
}

function find(visit: Visit, area: string, message: RegExp): Finding {
  const found = visit.findings.find((one) => one.area === area && message.test(one.message))
  if (found === undefined)
    throw new Error(`no ${area} finding ${message} in ${JSON.stringify(visit.findings, null, 1)}`)
  return found
}

/** Everything below a folder with its size, mode and time of change. */
function listing(folder: string): string[] {
  return (readdirSync(folder, { recursive: true }) as string[]).toSorted().map((name) => {
    const { size, mode, mtimeMs } = statSync(join(folder, name))
    return `${name} ${size} ${mode.toString(8)} ${mtimeMs}`
  })
}

function writePrivate(path: string, text: string): void {
  writeFileSync(path, text, { mode: 0o600 })
}

function nodeFile(url: string, runtime: string, more = ''): string {
  return `moltnet: { base_url: "${url}", network_id: ${TEST_NETWORK} }
attachments:
  - agent: { id: ada }
    rooms: [{ id: hall }]
    runtime: ${runtime}
${more}`
}

test(
  'a network that works has no fault, while it runs and after, and doctor leaves no trace',
  async () => {
    await using stack = new AsyncDisposableStack()
    const folder = stack.use(await temporaryFolder()).path
    mkdirSync(join(folder, 'work'))
    const server = stack.use(await startTestServer({ folder, rooms: '[{ id: hall, members: [ada] }]' }))
    const path = join(folder, 'MoltnetNode')
    writePrivate(path, nodeFile(server.url, '{ kind: command, command: /bin/cat, workspace_path: ./work }'))
    const node = stack.use(startProgram(['node', 'start', path], { cwd: folder, env: { HOME: folder } }))
    await untilConnected(server.client, 'ada')
    await say(server.client, 'hall', 'hello')
    await until(async () => {
      const { deliveries } = await server.client.listDeliveries(
        (await server.client.listRoomMessages('hall')).messages[0]?.id ?? '',
      )
      return deliveries[0]?.state === 'silent' || deliveries[0]?.state === 'spoke'
    }, 'the end of the turn')

    const visit = await doctor(folder)
    expect(visit.bad).toEqual([])
    expect(visit.code).toBe(0)
    find(visit, 'port', /the server of network testnet listens here/)
    find(visit, 'server', /answers as network testnet, version /)
    find(visit, 'clock', /same time/)
    find(visit, 'storage', new RegExp(`open in a server \\(process ${server.process.pid}\\)`))
    find(visit, 'storage', /a quick check found no damage/)
    find(visit, 'runtime', /is there/)
    find(visit, 'node', new RegExp(`a node runs \\(process ${node.pid}\\)`))
    find(visit, 'node', /is connected/)

    node.kill()
    await node.exited
    server.process.kill()
    await server.process.exited
    const before = listing(folder)
    const after = await doctor(folder)
    expect(listing(folder)).toEqual(before)
    expect(find(after, 'port', /is free/).severity).toBe('ok')
    expect(find(after, 'server', /cannot be reached/)).toMatchObject({
      severity: 'error',
      fix: 'start it: moltnet start',
    })
    expect(find(after, 'node', /no node runs/).fix).toBe(`moltnet node start ${path}`)
    const { stdout, code } = await moltnet(['doctor'], { cwd: folder, env: { HOME: folder } })
    expect(code).toBe(1)
    expect(stdout).toMatch(
      /ERROR +http.*cannot be reached[^]*start it: moltnet start[^]*1 error, 1 warning\n$/,
    )
  },
  LIMIT_MS,
)

test(
  'what is wrong is said with what helps',
  async () => {
    await using folder = await temporaryFolder()
    await using other = await temporaryFolder()
    const at = (...parts: string[]) => join(folder.path, ...parts)
    await using server = await startTestServer({ folder: other.path, rooms: '[]' })
    const { port } = new URL(server.url)
    const config = (network: string, listen: string) =>
      writePrivate(
        at('Moltnet'),
        `network: { id: ${network} }\nserver: { listen_addr: "${listen}" }\nstorage: { kind: sqlite, sqlite: { path: ${JSON.stringify(join(other.path, 'moltnet.db'))} } }\n`,
      )

    expect(find(await doctor(folder.path), 'config', /neither/).fix).toBe(`moltnet init ${folder.path}`)

    config('elsewhere', `127.0.0.1:${port}`)
    const taken = await doctor(folder.path)
    expect(taken.code).toBe(1)
    expect(find(taken, 'port', /held by the server of another network, testnet/).severity).toBe('error')
    expect(find(taken, 'storage', /belongs to network testnet/).fix).toContain('set network.id to testnet')

    const stranger = Bun.serve({ port: 0, hostname: '127.0.0.1', fetch: () => new Response('hello') })
    config('elsewhere', `127.0.0.1:${stranger.port}`)
    expect(find(await doctor(folder.path), 'port', /does not answer as a Moltnet server/).fix).toContain(
      'ss -ltnp',
    )

    mkdirSync(at('work'))
    writePrivate(
      at('MoltnetNode'),
      nodeFile(
        server.url,
        '{ kind: codex, workspace_path: ./work }',
        `  - agent: { id: bo }
    rooms: [{ id: hall }]
    moltnet: { token_env: BO_TOKEN }
    runtime: { kind: openclaw, gateway_url: "ws://127.0.0.1:${await freePort()}" }
  - agent: { id: cy }
    rooms: [{ id: hall }]
    runtime: { kind: webhook, url: "http://127.0.0.1:${stranger.port}/wake" }
  - agent: { id: di }
    rooms: [{ id: hall }]
    runtime: { kind: acp, command: /bin/false, workspace_path: ./work }
`,
      ).replace(TEST_NETWORK, 'another'),
    )
    writeFileSync(at('work', '.env'), 'A=1\n')
    const env = {
      BO_TOKEN: SECRET,
      http_proxy: `http://user:${SECRET}@proxy.example:1`,
      BUN_OPTIONS: '--smol',
    }
    const visit = await doctor(folder.path, { env })
    expect(find(visit, 'server', /is network testnet, but the config says another/).fix).toContain(
      'set moltnet.network_id to testnet',
    )
    expect(find(visit, 'runtime', /codex was not found/).fix).toContain('npm install -g @openai/codex')
    expect(find(visit, 'runtime', /no OpenClaw gateway answers/).fix).toContain('openclaw gateway run')
    expect(find(visit, 'runtime', /is there/).subject).toBe('cy (webhook)')
    expect(find(visit, 'runtime', /did not start as an ACP agent/).fix).toContain('runtime.command')
    expect(find(visit, 'environment', /proxy is set/).fix).toStartWith('export NO_PROXY=')
    expect(find(visit, 'environment', /runtime of moltnet itself/).fix).toBe('unset BUN_OPTIONS')
    expect(find(visit, 'environment', /does not read it/).subject).toBe(at('work', '.env'))
    await stranger.stop(true)

    writePrivate(
      at('MoltnetNode'),
      `moltnet: { base_url: "${server.url}", network_id: x, token: ${SECRET} }\nwhat: 1\n`,
    )
    chmodSync(at('MoltnetNode'), 0o644)
    expect(find(await doctor(folder.path), 'secrets', /other users may use the file/).fix).toBe(
      `chmod 600 ${at('MoltnetNode')}`,
    )
    chmodSync(at('MoltnetNode'), 0o600)
    expect(find(await doctor(folder.path), 'config', /what/).fix).toContain('MoltnetNode:2')
  },
  LIMIT_MS,
)

test(
  'a warning is no failure, unless --strict asks for that',
  async () => {
    await using folder = await temporaryFolder()
    await using server = await startTestServer({
      folder: folder.path,
      rooms: '[{ id: hall, members: [ada] }]',
    })
    writePrivate(
      join(folder.path, 'MoltnetNode'),
      nodeFile(server.url, '{ kind: command, command: /bin/cat, workspace_path: . }'),
    )
    const visit = await doctor(folder.path)
    expect(visit.bad.map(({ severity }) => severity)).toEqual(['warning'])
    expect(visit.code).toBe(0)
    expect((await doctor(folder.path, { flags: ['--strict'] })).code).toBe(1)
    expect((await moltnet(['doctor', join(folder.path, 'nowhere')])).code).toBe(1)
  },
  LIMIT_MS,
)
