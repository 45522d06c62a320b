import { afterEach, describe, expect, test } from 'bun:test'
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { acked } from './support/fake-server.ts'
import { Harness } from './support/harness.ts'
import { endNodes, spawnNode } from './support/node-child.ts'
import { logged } from './support/runtime.ts'
import { isRunning, pidIn, until } from './support/temp.ts'

afterEach(endNodes)

async function kill(node: Bun.Subprocess): Promise<void> {
  node.kill('SIGKILL')
  await node.exited
}

describe('a node that is killed in the middle of a turn', () => {
  test('is followed by one that ends the old turn before it attaches, and runs the message again', async () => {
    await using harness = new Harness()
    const work = (name: string) => harness.folder.join('work', name)
    const body = `trap "" TERM PIPE; cat > /dev/null
      echo "$MOLTNET_MESSAGE_ID" >> "$PWD/turns"; sleep 300 & echo $! > "$PWD/child"; echo $$ > "$PWD/pid"
      while [ -e "$PWD/closed" ]; do sleep 0.02; done; kill -9 $!`
    const attachment = harness.agent(body)
    writeFileSync(work('closed'), '')
    const { node, socket } = await spawnNode(harness, attachment)
    const message = harness.server.message('do it')
    socket.wake(message)
    const pids = [await pidIn(work('pid')), await pidIn(work('child'))]
    await kill(node)
    expect(pids.map(isRunning)).toEqual([true, true])

    rmSync(work('pid'))
    const { socket: second } = await spawnNode(harness, attachment)
    expect(pids.map(isRunning)).toEqual([false, false])
    const event = second.wake(message, { redelivered: true, attempt: 2 })
    await pidIn(work('pid'))
    rmSync(work('closed'))
    await acked(second, event)
    expect(readFileSync(work('turns'), 'utf8')).toBe(`${message.id}\n${message.id}\n`)
  }, 20_000)

  test.each(['claude-code', 'codex'] as const)('goes on with %s in the same session', async (kind) => {
    await using harness = new Harness()
    const gate = harness.folder.join('gate')
    const attachment = harness.cli(kind)
    const { node, socket } = await spawnNode(harness, attachment)
    const message = harness.server.message(`@wait=${gate}`)
    socket.wake(message)
    await harness.thinking()
    const store = harness.folder.join('work', '.moltnet', 'sessions.json')
    // Codex makes the id itself: from the moment that it is known it is kept.
    if (kind === 'codex') await until('the thread id on disk', () => existsSync(store))
    const [before] = logged(harness.folder, 'session')
    await kill(node)
    const { socket: second } = await spawnNode(harness, attachment)
    expect(isRunning(before?.pid as number)).toBe(false)
    writeFileSync(gate, '')
    await acked(second, second.wake(message, { redelivered: true, attempt: 2 }))
    const sessions = logged(harness.folder, 'session')
    expect(sessions.at(-1)).toMatchObject({ id: before?.id, how: 'resumed' })
    expect(logged(harness.folder, 'prompt').at(-1)?.prompt).toContain(`Message ID: ${message.id}\n`)
  })
})

describe('a node that is killed after a turn', () => {
  test('is followed by one that knows what was done, although the ACK was lost', async () => {
    await using harness = new Harness()
    const attachment = harness.agent('cat > /dev/null; echo x >> "$PWD/turns"')
    const { node, socket } = await spawnNode(harness, attachment)
    const messages = [1, 2, 3].map((n) => harness.server.message(`number ${n}`))
    await acked(socket, ...messages.map((message) => socket.wake(message)))
    const turns = readFileSync(harness.folder.join('work', 'turns'), 'utf8')
    await kill(node)
    const { socket: second } = await spawnNode(harness, attachment)
    await acked(second, ...messages.map((message) => second.wake(message, { redelivered: true })))
    expect(readFileSync(harness.folder.join('work', 'turns'), 'utf8')).toBe(turns)
  })
})

describe('a node process', () => {
  test('ends with 0 soon after SIGTERM, with its turn', async () => {
    await using harness = new Harness()
    const attachment = harness.agent('cat > /dev/null; echo $$ > "$PWD/pid"; sleep 300')
    const { node, socket } = await spawnNode(harness, attachment)
    socket.wake(harness.server.message('hang'))
    const pid = await pidIn(harness.folder.join('work', 'pid'))
    const began = performance.now()
    node.kill('SIGTERM')
    expect(await node.exited).toBe(0)
    expect(performance.now() - began).toBeLessThan(3000)
    expect(isRunning(pid)).toBe(false)
  })
})
