import { loadServerConfig } from '@moltnet/config/server'
import { createServer } from '@moltnet/server'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { temporaryFolder } from '../../support/folder.ts'
import type { Target } from '../target.ts'
import { configText, type Setup, targetOf } from './setup.ts'

/** A running server of ours. */
export type OwnServer = { target: Target } & AsyncDisposable

/** Starts our server in this process on a free port and describes it as a target. */
export async function startOwnServer(setup: Setup): Promise<OwnServer> {
  const stack = new AsyncDisposableStack()
  const folder = stack.use(await temporaryFolder()).path
  const path = join(folder, 'Moltnet')
  const text = configText(setup, { listen: '127.0.0.1:0', database: join(folder, 'moltnet.db') })
  await writeFile(path, text, { mode: 0o600 })
  const { config } = await loadServerConfig({ path, cwd: folder, env: {} })
  const server = await createServer(config)
  stack.defer(() => server.stop())
  return { target: targetOf(setup, server.url), [Symbol.asyncDispose]: () => stack.disposeAsync() }
}
