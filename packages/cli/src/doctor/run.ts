import { resolve } from 'node:path'
import { nodeStateDir } from '../shell/run-node.ts'
import { looseModes, readConfigs } from './config.ts'
import type { Declared } from './config.ts'
import { dotFileFindings, environmentFindings } from './environment.ts'
import type { Check, Finding } from './finding.ts'
import { nodeFindings, runtimeFindings } from './node.ts'
import { ownUrl, portFindings } from './port.ts'
import { serverFindings, serversOf } from './server.ts'
import { storageFindings } from './storage.ts'

/** What is looked at. */
export interface DoctorOptions {
  /** Folder of the config files; without it the working directory, and the variables that name files hold. */
  dir: string | undefined
  env: NodeJS.ProcessEnv
  now: number
}

/** Looks at everything that the config files of a folder name. Changes nothing. */
export async function diagnose({ dir, env, now }: DoctorOptions): Promise<Finding[]> {
  const cwd = resolve(dir ?? '.')
  const { MOLTNET_CONFIG: _server, MOLTNET_NODE_CONFIG: _node, ...others } = env
  const declared = await readConfigs(cwd, dir === undefined ? env : others)
  // First and alone: trying the port holds it for a moment, and others would meet nobody there.
  const port = declared.server ? await portFindings(declared.server.config) : []
  const checks = checksOf(declared, { cwd, env, now })
  const findings = await Promise.all(checks.map(async (check) => await check()))
  return [...declared.findings, ...port, ...findings.flat()]
}

function checksOf(
  { server, node }: Declared,
  { cwd, env, now }: { cwd: string; env: NodeJS.ProcessEnv; now: number },
): Check[] {
  const attachments = node?.config.attachments ?? []
  const uses = serversOf(attachments)
  const own = server && ownUrl(server.config.server)
  const urls = [...new Set([...(own === undefined ? [] : [own]), ...uses.map(({ baseUrl }) => baseUrl)])]
  const workspaces = attachments.flatMap(({ runtime }) =>
    'workspacePath' in runtime ? [runtime.workspacePath] : [],
  )
  const clientConfigs = attachments.flatMap(({ runtime }) =>
    'clientConfigPath' in runtime ? [runtime.clientConfigPath] : [],
  )
  const checks: Check[] = [
    () => environmentFindings(env, urls),
    () => dotFileFindings([cwd, ...workspaces]),
    () => looseModes([...(node ? [nodeStateDir(node.path)] : []), ...new Set(clientConfigs)]),
  ]
  if (server) checks.push(() => storageFindings(server.config, now))
  checks.push(...uses.map((use) => () => serverFindings(use, env)))
  if (node) {
    checks.push(
      () => nodeFindings(node),
      () => runtimeFindings(node, env),
    )
  }
  return checks
}
