import { describe, expect, test } from 'bun:test'
import { chmodSync, existsSync, mkdirSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { controlAddresses } from '../src/control/address.ts'
import { askNode, NodeNotRunningError } from '../src/index.ts'
import { nacked } from './support/fake-server.ts'
import { Harness, reaches } from './support/harness.ts'
import { endNodes, spawnNode } from './support/node-child.ts'
import { tempFolder, until } from './support/temp.ts'

function placeOf(harness: Harness) {
  return { stateDir: harness.folder.join('state'), configPath: harness.folder.join('MoltnetNode') }
}

describe('a node that is asked on its socket', () => {
  test('tells what every attachment does, its runtime, its last wake and its server', async () => {
    await using harness = new Harness({
      network: { version: '9.8.7' },
      rejected: [{ room: 'general', reason: 'no member' }],
    })
    const { socket } = await harness.attach(harness.cli('codex'), { version: '1.2.3' })
    await nacked(socket, socket.wake(harness.server.message('@fail')))
    const report = await until('a look at the runtime', async () => {
      const { report } = await askNode(placeOf(harness), 'status')
      return report.attachments[0]?.runtime.state === 'ready' && report
    })
    expect(report).toMatchObject({
      pid: process.pid,
      version: '1.2.3',
      config_path: harness.folder.join('MoltnetNode'),
      state_dir: harness.folder.join('state'),
      attachments: [
        {
          agent_id: 'alpha',
          network_id: 'local',
          state: 'connected',
          turns: 0,
          waiting: 0,
          delivery: 'durable',
          rejected: [{ room: 'general', reason: 'no member' }],
          runtime: { kind: 'codex', state: 'ready', version: '0.169.0' },
          last_wake: {
            message_ids: ['msg_1'],
            outcome: 'failed',
            reason: 'failed',
            error: 'the model refused',
          },
          server: { url: harness.server.url, reachable: true, network_id: 'local', version: '9.8.7' },
        },
      ],
    })
  })

  test('tells what is missing, and from a wake on that it is back', async () => {
    await using harness = new Harness()
    harness.env.PATH = '/usr/bin:/bin'
    await harness.attach(harness.cli('codex'))
    const { report } = await askNode(placeOf(harness), 'status')
    expect(report.attachments[0]?.runtime).toMatchObject({
      state: 'missing',
      problem: 'codex was not found',
      fix: expect.stringContaining('npm install -g @openai/codex'),
    })
  })

  test('tells that a server is away, and when it is tried again', async () => {
    await using harness = new Harness({ networkStatus: 503 })
    const node = await harness.start({ attachments: [harness.agent('true')] })
    await reaches(node, 'backing_off')
    const { report } = await askNode(placeOf(harness), 'status')
    expect(report.attachments[0]).toMatchObject({
      state: 'backing_off',
      until: expect.any(String),
      reason: expect.stringContaining('503'),
      runtime: { state: 'unknown' },
      server: { reachable: true, error: expect.any(String) },
    })
  })

  test('reloads, and says what is wrong with the file', async () => {
    await using harness = new Harness()
    await harness.attach(harness.agent('true'))
    expect((await askNode(placeOf(harness), 'reload')).result).toMatchObject({ kept: ['alpha'] })
    writeFileSync(harness.folder.join('MoltnetNode'), 'moltnet: 1\n')
    expect((await askNode(placeOf(harness), 'reload')).result).toMatchObject({ type: 'refused' })
  })

  test('has a socket that nobody else may use, and leaves none behind', async () => {
    await using harness = new Harness()
    const { node } = await harness.attach(harness.agent('true'))
    const [address = ''] = controlAddresses(placeOf(harness))
    expect(statSync(address).mode & 0o777).toBe(0o600)
    expect(statSync(harness.folder.join('state')).mode & 0o777).toBe(0o700)
    await node.stop()
    expect(existsSync(address)).toBe(false)
    expect(askNode(placeOf(harness), 'status')).rejects.toThrow(NodeNotRunningError)
  })

  test('takes the place of a socket that a killed node left behind', async () => {
    await using harness = new Harness()
    try {
      const { node } = await spawnNode(harness, harness.agent('true'))
      await until('an answer', () => askNode(placeOf(harness), 'status').catch(() => undefined))
      node.kill('SIGKILL')
      await node.exited
      expect(askNode(placeOf(harness), 'status')).rejects.toThrow(NodeNotRunningError)
      await spawnNode(harness, harness.agent('true'))
      expect((await askNode(placeOf(harness), 'status')).report.attachments).toHaveLength(1)
    } finally {
      await endNodes()
    }
  })

  test('does not answer nonsense with anything but an error, and goes on', async () => {
    await using harness = new Harness()
    await harness.attach(harness.agent('true'))
    const [address = ''] = controlAddresses(placeOf(harness))
    for (const line of ['nonsense\n', '{"op":"explode"}\n', `${'x'.repeat(100_000)}\n`]) {
      const { promise, resolve } = Promise.withResolvers<string>()
      const socket = await Bun.connect({
        unix: address,
        socket: { data: (_, data) => resolve(data.toString()), close: () => resolve('') },
      })
      socket.write(line)
      expect(JSON.parse(await promise)).toMatchObject({ op: 'error' })
      socket.end()
    }
    expect((await askNode(placeOf(harness), 'status')).op).toBe('status')
  })

  test('works without the socket where its folder is open to others', async () => {
    await using harness = new Harness()
    mkdirSync(harness.folder.join('state'))
    chmodSync(harness.folder.join('state'), 0o755)
    const { node } = await harness.attach(harness.agent('true'))
    await reaches(node, 'connected')
    expect(askNode(placeOf(harness), 'status')).rejects.toThrow(NodeNotRunningError)
  })
})

describe('the address of a node', () => {
  test('is in its state folder, and with a short name elsewhere when that path is too long', () => {
    const short = controlAddresses({ stateDir: '/srv/moltnet/node', configPath: '/srv/MoltnetNode' }, {})
    expect(short[0]).toMatch(/^\/srv\/moltnet\/node\/node-[0-9a-f]{8}\.sock$/)
    const long = { stateDir: `/srv/${'x'.repeat(100)}`, configPath: '/srv/MoltnetNode' }
    expect(controlAddresses(long, {})[0]).toStartWith(join(tmpdir(), 'moltnet-'))
    expect(controlAddresses(long, { XDG_RUNTIME_DIR: '/run/user/7' })[0]).toMatch(
      /^\/run\/user\/7\/moltnet\/[0-9a-f]{16}\.sock$/,
    )
    for (const path of controlAddresses(long, {})) expect(path.length).toBeLessThanOrEqual(100)
  })

  test('differs between two files of one folder, and not between two names of one file', () => {
    using folder = tempFolder()
    mkdirSync(folder.join('real'))
    const link = folder.join('link')
    Bun.spawnSync(['ln', '-s', folder.join('real'), link])
    const first = (path: string) => controlAddresses({ stateDir: '/s', configPath: path }, {})[0]
    expect(first(folder.join('real', 'a'))).not.toBe(first(folder.join('real', 'b')))
    expect(first(join(link, 'a'))).toBe(first(folder.join('real', 'a')))
  })

  test('is not taken where another process listens already', async () => {
    await using harness = new Harness()
    const [address = ''] = controlAddresses(placeOf(harness))
    mkdirSync(harness.folder.join('state'), { mode: 0o700 })
    const other = createServer()
    await new Promise<void>((resolve) => other.listen(address, resolve))
    await harness.attach(harness.agent('true'))
    expect(other.listening).toBe(true)
    expect(existsSync(address)).toBe(true)
    other.close()
  })
})
