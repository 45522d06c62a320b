import { fileURLToPath } from 'node:url'
import type { FakeSocket } from './fake-server.ts'
import type { Harness } from './harness.ts'

const SCRIPT = fileURLToPath(new URL('./node-process.ts', import.meta.url))
const processes: Bun.Subprocess[] = []

/** Starts a node in a process of its own and waits until it is attached. */
export async function spawnNode(
  harness: Harness,
  attachment: Record<string, unknown>,
): Promise<{ node: Bun.Subprocess; socket: FakeSocket }> {
  const before = harness.server.sockets.filter((socket) => socket.identify).length
  const path = harness.write({ attachments: [attachment] })
  const node = Bun.spawn([process.execPath, SCRIPT, path, harness.folder.join('state')], {
    env: harness.env,
    stdout: 'inherit',
    stderr: 'inherit',
  })
  processes.push(node)
  return { node, socket: await harness.server.attached(before + 1) }
}

/** Kills the nodes that {@link spawnNode} started. For `afterEach`. */
export async function endNodes(): Promise<void> {
  for (const child of processes.splice(0)) {
    child.kill('SIGKILL')
    await child.exited
  }
}
