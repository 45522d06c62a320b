import { describe, expect, test } from 'bun:test'
import { chmodSync, writeFileSync } from 'node:fs'
import { acked, framesOf, nacked } from './support/fake-server.ts'
import type { FakeSocket } from './support/fake-server.ts'
import { Harness, reaches } from './support/harness.ts'
import { until } from './support/temp.ts'

const none = { started: [], restarted: [], stopped: [], kept: [] }

/** An agent that works until the file `gate` exists. */
function slow(harness: Harness, id: string, more: Record<string, unknown> = {}) {
  const body = `cat > /dev/null; until [ -e "${harness.folder.join('gate')}" ]; do sleep 0.02; done`
  return { ...harness.agent(body), agent: { id }, ...more }
}

function socketOf(harness: Harness, id: string): FakeSocket[] {
  return harness.server.sockets.filter((socket) => socket.identify?.agent.id === id)
}

async function turnBegins(socket: FakeSocket): Promise<void> {
  await until('a turn', () => framesOf(socket, 'STATUS').some((frame) => frame.state === 'turn_started'))
}

describe('a reload', () => {
  test('starts, restarts and stops what changed; the rest keeps its connection and its turn', async () => {
    await using harness = new Harness()
    const [kept, changed, gone] = ['kept', 'changed', 'gone'].map((id) => slow(harness, id))
    const node = await harness.start({ attachments: [kept, changed, gone] as Record<string, unknown>[] })
    await harness.server.attached(3)
    const [socket] = socketOf(harness, 'kept') as [FakeSocket]
    const event = socket.wake(harness.server.message('work'))
    await turnBegins(socket)

    const fresh = slow(harness, 'fresh')
    harness.write({
      attachments: [fresh, { ...changed, max_concurrent: 2 }, kept] as Record<string, unknown>[],
    })
    expect(await node.reload()).toEqual({
      type: 'applied',
      started: ['fresh'],
      restarted: ['changed'],
      stopped: ['gone'],
      kept: ['kept'],
    })
    await reaches(node, 'connected', 0)
    await reaches(node, 'connected', 1)
    expect(node.states().map((state) => [state.agentId as string, state.status.kind])).toEqual([
      ['fresh', 'connected'],
      ['changed', 'connected'],
      ['kept', 'busy'],
    ])
    await until('the end of what is gone', () => socketOf(harness, 'gone').every((one) => one.closed))
    expect(socketOf(harness, 'changed')).toHaveLength(2)
    writeFileSync(harness.folder.join('gate'), '')
    await acked(socket, event)
    expect(socketOf(harness, 'kept')).toEqual([socket])
    expect(socket.closed).toBe(false)
  })

  test('lets the turns of a changed attachment finish within the grace', async () => {
    await using harness = new Harness()
    const agent = slow(harness, 'alpha')
    const { node, socket } = await harness.attach(agent, { stopGraceMs: 10_000 })
    const event = socket.wake(harness.server.message('work'))
    await turnBegins(socket)
    harness.write({ attachments: [{ ...agent, max_concurrent: 2 }] })
    const reloaded = node.reload()
    writeFileSync(harness.folder.join('gate'), '')
    expect(await reloaded).toMatchObject({ restarted: ['alpha'] })
    await acked(socket, event)
    await harness.server.attached(2)
  })

  test('ends a turn of a changed attachment that takes longer, and returns its message', async () => {
    await using harness = new Harness()
    const agent = slow(harness, 'alpha')
    const { node, socket } = await harness.attach(agent)
    const event = socket.wake(harness.server.message('work'))
    await turnBegins(socket)
    harness.write({ attachments: [{ ...agent, max_concurrent: 2 }] })
    await node.reload()
    expect(await nacked(socket, event)).toMatchObject({ reason: 'unavailable' })
  })

  test('with a fault in the file changes nothing and tells every fault', async () => {
    await using harness = new Harness()
    const { node, socket } = await harness.attach(slow(harness, 'alpha'))
    writeFileSync(
      harness.folder.join('MoltnetNode'),
      'moltnet: { base_url: "ftp://x", network_id: local }\nattachments: [{ agent: { id: beta }, wakes: 1 }]\n',
    )
    const result = await node.reload()
    expect(result).toMatchObject({ type: 'refused' })
    const faults = result.type === 'refused' ? result.faults.join('\n') : ''
    expect(faults).toContain('base_url')
    expect(faults).toContain('wakes')
    expect(node.states().map((state) => state.agentId as string)).toEqual(['alpha'])
    expect(socket.closed).toBe(false)
    await acked(socket, socket.wake(harness.server.message('mine', { from: ownWords })))
  })

  test('to another network than the server is changes nothing', async () => {
    await using harness = new Harness()
    const agent = slow(harness, 'alpha')
    const { node, socket } = await harness.attach(agent)
    harness.write({ moltnet: { network_id: 'elsewhere' }, attachments: [agent] })
    expect(await node.reload()).toEqual({
      type: 'refused',
      faults: [expect.stringContaining('is network "local", but alpha wants "elsewhere"')],
    })
    expect(socket.closed).toBe(false)
  })

  test('takes a token file that changed, for the attachments that use it', async () => {
    await using harness = new Harness()
    const path = harness.folder.join('token')
    writeFileSync(path, 'first\n', { mode: 0o600 })
    const [own, other] = [slow(harness, 'own', { moltnet: { token_path: path } }), slow(harness, 'other')]
    const node = await harness.start({ attachments: [own, other] })
    await harness.server.attached(2)
    expect(await node.reload()).toEqual({ type: 'applied', ...none, kept: ['own', 'other'] })
    writeFileSync(path, 'second\n')
    expect(await node.reload()).toEqual({ type: 'applied', ...none, restarted: ['own'], kept: ['other'] })
    chmodSync(path, 0o644)
    expect(await node.reload()).toEqual({ type: 'refused', faults: [expect.stringContaining('chmod 600')] })
  })

  test('tries again at once what is backing off', async () => {
    await using harness = new Harness()
    const { node, socket } = await harness.attach(slow(harness, 'alpha'))
    socket.send({ op: 'ERROR', error: 'attached elsewhere', code: 'taken_over', retryable: false })
    await reaches(node, 'backing_off')
    expect(await node.reload()).toMatchObject({ restarted: ['alpha'], kept: [] })
    await harness.server.attached(2)
  })

  test('while the server is still waited for goes on with the new file', async () => {
    await using harness = new Harness({ networkStatus: 503 })
    const node = await harness.start({ attachments: [slow(harness, 'old')] })
    await reaches(node, 'backing_off')
    harness.write({ attachments: [slow(harness, 'young')] })
    expect(await node.reload()).toEqual({ type: 'applied', ...none, started: ['young'], stopped: ['old'] })
    harness.server.options.networkStatus = 200
    expect((await harness.server.attached()).identify?.agent.id as string).toBe('young')
  })
})

const ownWords = { type: 'agent', id: 'alpha', network_id: 'local' } as never
