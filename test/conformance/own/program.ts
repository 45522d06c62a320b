import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { until } from '../../support/condition.ts'
import { temporaryFolder } from '../../support/folder.ts'
import { freePort } from '../../support/network.ts'
import type { OwnServer } from './server.ts'
import { configText, type Setup, targetOf } from './setup.ts'

/** Starts a program that takes `start <Moltnet file>` and describes it as a target once it is ready. */
export async function startProgramServer(program: string, setup: Setup): Promise<OwnServer> {
  await using stack = new AsyncDisposableStack()
  const folder = stack.use(await temporaryFolder()).path
  const path = join(folder, 'Moltnet')
  const port = await freePort()
  const listen = `127.0.0.1:${port}`
  await writeFile(path, configText(setup, { listen, database: join(folder, 'moltnet.db') }), { mode: 0o600 })
  const child = Bun.spawn([program, 'start', path], {
    cwd: folder,
    env: { PATH: process.env['PATH'] ?? '', HOME: folder },
    stdin: 'ignore',
    stdout: 'ignore',
    stderr: Bun.file(join(folder, 'log')),
  })
  stack.defer(async () => {
    child.kill('SIGTERM')
    await child.exited
  })
  await until(
    async () => {
      if (child.exitCode !== null)
        throw new Error(`${program} ended: ${await Bun.file(join(folder, 'log')).text()}`)
      return fetch(`http://${listen}/readyz`).then(
        (answer) => answer.ok,
        () => false,
      )
    },
    () => `${program} is ready`,
  )
  const owned = stack.move()
  return { target: targetOf(setup, `http://${listen}`), [Symbol.asyncDispose]: () => owned.disposeAsync() }
}
