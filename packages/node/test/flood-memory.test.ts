import { describe, expect, test } from 'bun:test'
import { fileURLToPath } from 'node:url'
import type { Kept } from './support/collected-node.ts'
import { acked } from './support/fake-server.ts'
import type { FakeSocket } from './support/fake-server.ts'
import { Harness } from './support/harness.ts'
import { installScript, until } from './support/temp.ts'

const SCRIPT = fileURLToPath(new URL('./support/collected-node.ts', import.meta.url))
/** The output of one turn, and what of it may be left. */
const FLOOD_BYTES = 400_000_000
const KEPT_BYTES = 20_000_000

interface CollectedNode extends AsyncDisposable {
  socket: FakeSocket
  kept(): Promise<Kept>
}

async function startNode(harness: Harness, attachment: Record<string, unknown>): Promise<CollectedNode> {
  const path = harness.write({ attachments: [attachment] })
  const child = Bun.spawn([process.execPath, SCRIPT, path, harness.folder.join('state')], {
    env: harness.env,
    stdin: 'pipe',
    stdout: 'pipe',
    stderr: 'inherit',
  })
  let said = ''
  const reading = (async () => {
    for await (const chunk of child.stdout) said += Buffer.from(chunk).toString()
  })()
  return {
    socket: await harness.server.attached(),
    async kept() {
      said = ''
      await child.stdin.write('collect\n')
      await child.stdin.flush()
      await until('what the node keeps', () => said.endsWith('\n'), 30_000)
      return JSON.parse(said) as Kept
    },
    async [Symbol.asyncDispose]() {
      await child.stdin.end()
      await child.exited
      await reading
    },
  }
}

/** Runs a turn that brings the flood, and gives what more is kept after it than after a turn without. */
async function growth(harness: Harness, attachment: Record<string, unknown>, text: string): Promise<Kept> {
  await using node = await startNode(harness, attachment)
  // What the first turn makes once is no part of it.
  await acked(node.socket, node.socket.wake(harness.server.message('warm up')))
  const before = await node.kept()
  const event = node.socket.wake(harness.server.message(text))
  await until(
    'the end of the flood',
    () => node.socket.frames.some((frame) => frame.op === 'ACK' && frame.cursor === event.cursor),
    100_000,
  )
  const after = await node.kept()
  const grown = (key: keyof Kept) => (after[key] ?? 0) - (before[key] ?? 0)
  return { heap: grown('heap'), anonymous: grown('anonymous') }
}

function expectLittle({ heap, anonymous = 0 }: Kept): void {
  expect(heap).toBeLessThan(KEPT_BYTES)
  expect(anonymous).toBeLessThan(KEPT_BYTES)
}

describe('a flood of output leaves nothing in the memory of the node', () => {
  const agent = { agent: { id: 'alpha' }, rooms: [{ id: 'general' }], final_text: 'hold' }

  test('of a program whose output is its text', async () => {
    await using harness = new Harness()
    const command = installScript(harness.folder.join('fakes', 'any'), 'fake-command.ts')
    const runtime = { kind: 'command', command, workspace_path: harness.folder.join('work') }
    const grown = await growth(harness, { ...agent, runtime }, `@flood=${FLOOD_BYTES}`)
    expectLittle(grown)
  }, 120_000)

  test('of a program that writes one endless line where lines of JSON are read', async () => {
    await using harness = new Harness()
    const runtime = { kind: 'codex', workspace_path: harness.folder.join('work') }
    const grown = await growth(harness, { ...agent, runtime }, `@flood=${FLOOD_BYTES}`)
    expectLittle(grown)
  }, 120_000)

  test('of an agent that stays and says it in many updates', async () => {
    await using harness = new Harness()
    const runtime = { kind: 'acp', command: 'acp-agent', workspace_path: harness.folder.join('work') }
    const grown = await growth(harness, { ...agent, runtime }, `@long=${FLOOD_BYTES}`)
    expectLittle(grown)
  }, 120_000)
})
