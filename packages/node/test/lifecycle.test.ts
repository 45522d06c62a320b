import { describe, expect, test } from 'bun:test'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { runBridge } from '../src/index.ts'
import { acked, framesOf, nacked, thread } from './support/fake-server.ts'
import { Harness, reaches } from './support/harness.ts'
import { logged } from './support/runtime.ts'
import { isRunning, pidIn, until } from './support/temp.ts'

/** Notes its pid and works until it is ended. */
const HANG = 'cat > /dev/null; echo $$ > "$PWD/pid"; while :; do sleep 0.05; done'

function hangingPid(harness: Harness): Promise<number> {
  return pidIn(harness.folder.join('work', 'pid'))
}

function openGate(harness: Harness): void {
  writeFileSync(harness.folder.join('gate'), '')
}

describe('stopping a node', () => {
  test('lets a turn finish that ends within the grace, and ACKs it', async () => {
    await using harness = new Harness()
    const gate = harness.folder.join('gate')
    const { node, socket } = await harness.attach(harness.cli('codex'), { stopGraceMs: 5000 })
    const event = socket.wake(harness.server.message(`@wait=${gate}`))
    await harness.thinking()
    const stopped = node.stop()
    openGate(harness)
    await stopped
    await acked(socket, event)
    await until('the end of the connection', () => socket.closed)
  })

  test('ends a turn that takes longer, returns its message as unavailable and starts nothing more', async () => {
    await using harness = new Harness()
    const { node, socket } = await harness.attach(harness.agent(HANG, { max_concurrent: 1 }))
    const event = socket.wake(harness.server.message('hang'))
    socket.wake(harness.server.message('behind it', { target: thread('t1') }))
    const pid = await hangingPid(harness)
    const began = performance.now()
    await node.stop()
    expect(performance.now() - began).toBeLessThan(2000)
    expect(await nacked(socket, event)).toMatchObject({ reason: 'unavailable' })
    expect(isRunning(pid)).toBe(false)
    expect(framesOf(socket, 'STATUS').filter((frame) => frame.state === 'turn_started')).toHaveLength(1)
    await node.wait()
  })

  test('may be asked for twice, and by a signal', async () => {
    await using harness = new Harness()
    const stop = new AbortController()
    const { node, socket } = await harness.attach(harness.agent('true'), { signal: stop.signal })
    stop.abort()
    await Promise.all([node.stop(), node.stop(), node.wait()])
    await until('the end of the connection', () => socket.closed)
  })
})

describe('an attachment that fails', () => {
  test('does not stop the others, is tried again and shows why', async () => {
    await using harness = new Harness()
    const workspace = harness.folder.join('later')
    const broken = {
      agent: { id: 'beta' },
      runtime: { kind: 'command', command: 'true', workspace_path: workspace },
      rooms: [{ id: 'general' }],
    }
    const node = await harness.start({ attachments: [harness.agent('true'), broken] })
    const state = await reaches(node, 'backing_off', 1)
    expect(state).toMatchObject({
      agentId: 'beta',
      networkId: 'local',
      runtime: 'command',
      status: {
        reason: expect.stringContaining(`workspace_path ${workspace} is no folder: make it`),
        until: expect.any(Number),
      },
    })
    await reaches(node, 'connected', 0)
    mkdirSync(workspace)
    await reaches(node, 'connected', 1)
  })

  test('because its token was refused later comes back with the token that is then there', async () => {
    await using harness = new Harness({ token: 'first' })
    const path = harness.folder.join('token')
    writeFileSync(path, 'first\n', { mode: 0o600 })
    const { node, socket } = await harness.attach(harness.agent('true', { moltnet: { token_path: path } }))
    harness.server.options.token = 'second'
    socket.terminate()
    await until('the refusal', () => {
      const { status } = node.states()[0] ?? {}
      return status?.kind === 'backing_off' && /401|status/.test(status.reason)
    })
    writeFileSync(path, 'second\n')
    await harness.server.attached(2)
    await reaches(node, 'connected')
  })

  test('because an operator removed the agent stays stopped', async () => {
    await using harness = new Harness()
    const attachments = [harness.agent(HANG), { ...harness.agent('true'), agent: { id: 'beta' } }]
    const node = await harness.start({ attachments })
    await harness.server.attached(2)
    const socket = harness.server.sockets.find((one) => one.identify?.agent.id === 'alpha')
    socket?.wake(harness.server.message('hang'))
    const pid = await hangingPid(harness)
    socket?.send({ op: 'ERROR', error: 'the agent was removed', code: 'agent_removed', retryable: false })
    expect((await reaches(node, 'failed', 0)).status).toMatchObject({ reason: 'the agent was removed' })
    await reaches(node, 'connected', 1)
    await until('the end of its turn', () => !isRunning(pid))
    expect(harness.server.sockets).toHaveLength(2)
  })
})

describe('an agent that another node has taken over', () => {
  test('has its turn ended, says why and waits ten minutes', async () => {
    await using harness = new Harness()
    const { node, socket } = await harness.attach(harness.agent(HANG))
    socket.wake(harness.server.message('hang'))
    const pid = await hangingPid(harness)
    socket.send({ op: 'ERROR', error: 'attached elsewhere', code: 'taken_over', retryable: false })
    const { status } = await reaches(node, 'backing_off')
    expect(status).toMatchObject({ reason: 'taken over by another node: attached elsewhere' })
    const wait = status.kind === 'backing_off' ? status.until - Date.now() : 0
    expect(wait).toBeWithin(7 * 60_000, 13 * 60_000)
    await until('the end of the turn', () => !isRunning(pid))
    expect(harness.server.sockets).toHaveLength(1)
    await node.stop()
  })

  test('on the same machine with the same state folder is left alone by the second node', async () => {
    await using harness = new Harness()
    const { node, socket } = await harness.attach(harness.agent(HANG))
    socket.wake(harness.server.message('hang'))
    const pid = await hangingPid(harness)
    const second = await harness.start({ attachments: [harness.agent('true')] })
    const { status } = await reaches(second, 'backing_off')
    expect(status).toMatchObject({ reason: expect.stringContaining('another moltnet node') })
    expect(isRunning(pid)).toBe(true)
    expect(harness.server.sockets).toHaveLength(1)
    await node.stop()
    await reaches(second, 'connected')
  })
})

describe('the workspace', () => {
  test('has the client config of the agent, private, and keeps it out of repositories', async () => {
    await using harness = new Harness({ token: 'secret-token' })
    harness.env.ALPHA_TOKEN = 'secret-token'
    const moltnet = { token_env: 'ALPHA_TOKEN' }
    await harness.attach(harness.agent('true', { agent: { id: 'alpha', name: 'Alpha' }, moltnet }))
    const folder = harness.folder.join('work', '.moltnet')
    const path = join(folder, 'config.json')
    expect(statSync(path).mode & 0o777).toBe(0o600)
    expect(readFileSync(join(folder, '.gitignore'), 'utf8')).toBe('*\n')
    expect(JSON.parse(readFileSync(path, 'utf8'))).toMatchObject({
      version: 'moltnet.client.v1',
      attachments: [
        {
          base_url: harness.server.url,
          network_id: 'local',
          member_id: 'alpha',
          auth: { mode: 'bearer', token: 'secret-token' },
          rooms: [{ id: 'general' }],
        },
      ],
    })
  })

  test('that another identity is connected from keeps its config; the agent gets its own', async () => {
    await using harness = new Harness()
    const folder = harness.folder.join('work', '.moltnet')
    mkdirSync(folder)
    const other = {
      version: 'moltnet.client.v1',
      attachments: [{ base_url: 'http://127.0.0.1:1', network_id: 'elsewhere', member_id: 'ada' }],
    }
    writeFileSync(join(folder, 'config.json'), JSON.stringify(other), { mode: 0o600 })
    const { socket } = await harness.attach(harness.agent('echo "$MOLTNET_CLIENT_CONFIG" > "$PWD/out"'))
    await acked(socket, socket.wake(harness.server.message('hello')))
    const own = join(folder, 'agents', 'alpha', 'config.json')
    expect(readFileSync(harness.folder.join('work', 'out'), 'utf8')).toBe(`${own}\n`)
    expect(JSON.parse(readFileSync(join(folder, 'config.json'), 'utf8'))).toEqual(other)
    expect(JSON.parse(readFileSync(own, 'utf8')).attachments).toHaveLength(1)
  })

  test('that two agents share has a config and a session store for each', async () => {
    await using harness = new Harness()
    const program = 'cat > /dev/null; echo "$MOLTNET_CLIENT_CONFIG" > "$PWD/out-$MOLTNET_AGENT_ID"'
    const attachments = ['alpha', 'beta'].map((id) => ({ ...harness.agent(program), agent: { id } }))
    await harness.start({ attachments })
    await harness.server.attached(2)
    const message = harness.server.message('to both')
    for (const socket of harness.server.sockets) await acked(socket, socket.wake(message))
    for (const id of ['alpha', 'beta']) {
      const config = readFileSync(harness.folder.join('work', `out-${id}`), 'utf8').trim()
      expect(config).toBe(harness.folder.join('work', '.moltnet', 'agents', id, 'config.json'))
      expect(JSON.parse(readFileSync(config, 'utf8')).attachments[0].member_id).toBe(id)
      expect(existsSync(join(config, '..', 'sessions.json'))).toBe(true)
    }
  })

  test('is not written to through a link that an agent has planted', async () => {
    await using harness = new Harness()
    mkdirSync(harness.folder.join('elsewhere'))
    Bun.spawnSync(['ln', '-s', harness.folder.join('elsewhere'), harness.folder.join('work', '.moltnet')])
    const node = await harness.start({ attachments: [harness.agent('true')] })
    expect((await reaches(node, 'backing_off')).status).toMatchObject({
      reason: expect.stringContaining('must be a folder, not a link'),
    })
    expect(readdirSync(harness.folder.join('elsewhere'))).toEqual([])
  })
})

describe('the environment of a turn', () => {
  test('starts with the running program in PATH and has no secret of the node', async () => {
    await using harness = new Harness({ token: 'shared-secret' })
    Object.assign(harness.env, {
      TEAM_TOKEN: 'shared-secret',
      OTHER_TOKEN: 'shared-secret',
      MOLTNET_NODE_CONFIG: '/somewhere',
      BUN_OPTIONS: '--smol',
      NODE_OPTIONS: '--enable-source-maps',
      KEPT: 'yes',
    })
    const attachment = harness.agent('env > "$PWD/env"; moltnet send --text "two words" > "$PWD/out"', {
      moltnet: { token_env: 'TEAM_TOKEN' },
    })
    const beta = { ...harness.agent('true'), agent: { id: 'beta' }, moltnet: { token_env: 'OTHER_TOKEN' } }
    await harness.start(
      { attachments: [attachment, beta] },
      { moltnetCommand: ['/bin/echo', "it's", 'running:'] },
    )
    await harness.server.attached(2)
    const socket = harness.server.sockets.find((one) => one.identify?.agent.id === 'alpha')
    if (!socket) throw new Error('alpha is not attached')
    await acked(socket, socket.wake(harness.server.message('hello')))
    const lines = readFileSync(harness.folder.join('work', 'env'), 'utf8').split('\n')
    const names = lines.map((line) => line.split('=')[0])
    expect(names).toContain('KEPT')
    for (const name of ['TEAM_TOKEN', 'OTHER_TOKEN', 'MOLTNET_NODE_CONFIG', 'BUN_OPTIONS', 'NODE_OPTIONS']) {
      expect(names).not.toContain(name)
    }
    expect(lines.join('\n')).not.toContain('shared-secret')
    expect(lines.find((line) => line.startsWith('PATH='))).toStartWith(
      `PATH=${harness.folder.join('state', 'bin')}:`,
    )
    expect(readFileSync(harness.folder.join('work', 'out'), 'utf8')).toBe(
      "it's running: send --text two words\n",
    )
  })
})

describe('open registration', () => {
  test('claims on first attach: the token is kept, private, and used from then on', async () => {
    await using harness = new Harness({ agentToken: `magt_v1_${'a'.repeat(43)}` })
    const path = harness.folder.join('tokens', 'alpha')
    const file = {
      moltnet: { auth_mode: 'open' },
      attachments: [harness.agent('true', { moltnet: { token_path: path } })],
    }
    const node = await harness.start(file)
    await reaches(node, 'connected')
    expect(readFileSync(path, 'utf8')).toBe(`magt_v1_${'a'.repeat(43)}\n`)
    expect(statSync(path).mode & 0o777).toBe(0o600)
    const client = JSON.parse(readFileSync(harness.folder.join('work', '.moltnet', 'config.json'), 'utf8'))
    expect(client.attachments[0].auth).toMatchObject({ mode: 'open' })
    await node.stop()
    harness.server.options.token = `magt_v1_${'a'.repeat(43)}`
    await reaches(await harness.start(file), 'connected')
  })

  test('a claimed token that is lost from disk is still used by the node that claimed it', async () => {
    await using harness = new Harness({ agentToken: `magt_v1_${'b'.repeat(43)}` })
    const path = harness.folder.join('tokens', 'alpha')
    const node = await harness.start({
      moltnet: { auth_mode: 'open' },
      attachments: [harness.agent('true', { moltnet: { token_path: path } })],
    })
    await reaches(node, 'connected')
    rmSync(harness.folder.join('tokens'), { recursive: true })
    harness.server.options.token = `magt_v1_${'b'.repeat(43)}`
    harness.server.sockets[0]?.send({ op: 'ERROR', error: 'gone', code: 'unauthorized', retryable: false })
    await harness.server.attached(2)
    await reaches(node, 'connected')
  })
})

describe('a bridge', () => {
  test('is a node with its one attachment', async () => {
    await using harness = new Harness()
    const config = await harness.config({ attachments: [harness.agent('true')] })
    const bridge = await runBridge(config, { stateDir: harness.folder.join('state'), env: harness.env })
    await harness.server.attached()
    await bridge.stop()
    expect(runBridge(await harness.config({}))).rejects.toThrow('exactly one attachment')
  })
})

describe('a room that cannot be read', () => {
  test('gets no bootstrap turn', async () => {
    await using harness = new Harness({ rejected: [{ room: 'general', reason: 'no member' }] })
    const rooms = [{ id: 'general' }, { id: 'ops' }]
    const { node } = await harness.attach(harness.cli('claude-code', { bootstrap: 'turn', rooms }))
    await until('the bootstrap turn', () => logged(harness.folder, 'exit').length === 1)
    await until('its end', () => node.states()[0]?.turns === 0)
    expect(logged(harness.folder, 'prompt').map((line) => line.prompt)).toEqual([
      expect.stringContaining('local:room:ops'),
    ])
  })
})
