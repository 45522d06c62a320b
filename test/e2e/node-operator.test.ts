import { expect, test } from 'bun:test'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { until } from '../support/condition.ts'
import { temporaryFolder } from '../support/folder.ts'
import { freePort, say, startTestServer, TEST_NETWORK, untilConnected } from '../support/network.ts'
import { moltnet, type Running, startProgram } from '../support/program.ts'

const LIMIT_MS = 60_000

interface Attachment {
  agent: string
  script: string
}

/** Writes a node's config with shell agents in room `hall`. */
async function writeConfig(folder: string, url: string, attachments: Attachment[]): Promise<string> {
  const blocks = attachments.map(async ({ agent, script }) => {
    const workspace = join(folder, 'agents', agent)
    await mkdir(workspace, { recursive: true })
    return `
  - agent: { id: ${agent} }
    rooms: [{ id: hall, wake: mentions }]
    runtime: { kind: command, command: /bin/sh, args: ["-c", ${JSON.stringify(script)}], workspace_path: "${workspace}" }`
  })
  const path = join(folder, 'MoltnetNode')
  const text = `moltnet: { base_url: "${url}", network_id: ${TEST_NETWORK} }\nattachments:${(await Promise.all(blocks)).join('')}\n`
  await writeFile(path, text, { mode: 0o600 })
  return path
}

function startNode(folder: string, config: string): Running {
  return startProgram(['node', 'start', config], { cwd: folder, env: { MOLTNET_LOG: 'json', HOME: folder } })
}

test(
  'a node that starts before its server says so, attaches when it comes, and is asked all along',
  async () => {
    await using folder = await temporaryFolder()
    const port = await freePort()
    const script = `cat > /dev/null; touch "${join(folder.path, 'woken')}"`
    const config = await writeConfig(folder.path, `http://127.0.0.1:${port}`, [{ agent: 'ada', script }])
    const nothing = await moltnet(['node', 'status', config])
    expect(nothing).toMatchObject({ code: 1, stdout: '' })
    expect(nothing.stderr).toContain(`no node runs with ${config}: start it with`)

    await using node = startNode(folder.path, config)
    await until(
      async () => (await moltnet(['node', 'status', config])).stdout.includes('backing off'),
      () => `the node waits for its server; its log:\n${node.log()}`,
    )
    await using server = await startTestServer({
      folder: folder.path,
      rooms: '[{ id: hall, members: [ada] }]',
      port,
    })
    await untilConnected(server.client, 'ada')
    await say(server.client, 'hall', '@ada hello')
    await until(() => existsSync(join(folder.path, 'woken')), 'the agent is woken')
    const status = await until(async () => {
      const run = await moltnet(['node', 'status', '--json'], { cwd: folder.path })
      const report = JSON.parse(run.stdout) as { attachments: { last_wake?: object }[] }
      return report.attachments[0]?.last_wake === undefined ? false : report
    }, 'the end of the turn')
    expect(status).toMatchObject({
      pid: node.pid,
      attachments: [
        {
          agent_id: 'ada',
          state: 'connected',
          runtime: { kind: 'command', state: 'ready' },
          last_wake: { outcome: 'delivered' },
          server: { reachable: true, network_id: TEST_NETWORK, version: expect.any(String) },
        },
      ],
    })
    const { code, stdout } = await moltnet(['node', 'status'], { cwd: folder.path })
    expect(code).toBe(0)
    expect(stdout).toMatch(/ada +testnet +connected/)
  },
  LIMIT_MS,
)

test(
  'a bridge is asked by its own file, beside a node of the same folder',
  async () => {
    await using folder = await temporaryFolder()
    await using server = await startTestServer({ folder: folder.path, rooms: '[{ id: hall }]' })
    const config = await writeConfig(folder.path, server.url, [{ agent: 'ada', script: 'true' }])
    const bridge = join(folder.path, 'bridge.json')
    const file = {
      version: 'moltnet.bridge.v1',
      moltnet: { base_url: server.url, network_id: TEST_NETWORK },
      agent: { id: 'bo' },
      rooms: [{ id: 'hall' }],
      runtime: { kind: 'command', command: '/bin/cat', workspace_path: folder.path },
    }
    await writeFile(bridge, JSON.stringify(file), { mode: 0o600 })
    const env = { MOLTNET_LOG: 'json', HOME: folder.path }
    await using node = startNode(folder.path, config)
    await using second = startProgram(['bridge', 'run', bridge], { cwd: folder.path, env })
    await untilConnected(server.client, 'ada', 'bo')
    const pidOf = async (path: string) => {
      const { stdout } = await moltnet(['node', 'status', path, '--json'])
      const report = JSON.parse(stdout) as { pid: number; attachments: { agent_id: string }[] }
      return [report.pid, report.attachments[0]?.agent_id]
    }
    expect(await pidOf(config)).toEqual([node.pid, 'ada'])
    expect(await pidOf(bridge)).toEqual([second.pid, 'bo'])
  },
  LIMIT_MS,
)

test(
  'SIGHUP and moltnet node reload go over to the new file; a turn of an agent that did not change goes on',
  async () => {
    await using folder = await temporaryFolder()
    const path = (name: string) => join(folder.path, name)
    await using server = await startTestServer({
      folder: folder.path,
      rooms: '[{ id: hall, members: [ada, bo, cy] }]',
    })
    const slow = {
      agent: 'ada',
      script: `cat > /dev/null; echo $$ >> "${path('turns')}"; until [ -e "${path('gate')}" ]; do sleep 0.02; done; echo end >> "${path('turns')}"`,
    }
    const config = await writeConfig(folder.path, server.url, [slow, { agent: 'bo', script: 'true' }])
    await using node = startNode(folder.path, config)
    await untilConnected(server.client, 'ada', 'bo')
    await say(server.client, 'hall', '@ada work')
    await until(() => existsSync(path('turns')), 'a turn of ada')

    await writeConfig(folder.path, server.url, [slow, { agent: 'cy', script: 'true' }])
    node.kill('SIGHUP')
    await untilConnected(server.client, 'cy')
    await until(async () => !(await server.client.getAgent('bo')).connected, 'bo is gone')
    const again = await moltnet(['node', 'reload'], { cwd: folder.path })
    expect(again).toMatchObject({ code: 0, stdout: 'kept ada, cy\n' })

    writeFileSync(config, 'moltnet: { base_url: "ftp://nowhere" }\n')
    const refused = await moltnet(['node', 'reload'], { cwd: folder.path })
    expect(refused).toMatchObject({ code: 1, stdout: '' })
    expect(refused.stderr).toContain('the node goes on with the old config')
    expect(refused.stderr).toContain('network_id')
    node.kill('SIGHUP')
    await until(() => node.log().includes('was not reloaded'), 'the refusal is in the log')

    writeFileSync(path('gate'), '')
    await until(() => readFileSync(path('turns'), 'utf8').endsWith('end\n'), 'the end of the turn')
    expect(readFileSync(path('turns'), 'utf8').split('\n')).toHaveLength(3)
    expect((await server.client.getAgent('cy')).connected).toBe(true)
  },
  LIMIT_MS,
)
