import { loadServerConfig } from '@moltnet/config/server'
import { createServer } from '@moltnet/server'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { temporaryFolder } from '../../support/folder.ts'
import { BOUND_AGENT, type Target } from '../target.ts'

/** How our own server is set up for a run. */
export interface Setup {
  name: string
  mode: Target['mode']
  publicRead?: boolean
  registration?: Target['registration']
  storage: 'sqlite' | 'memory'
}

const TOKENS = {
  operator: 'scopes: [observe, write, admin]',
  observer: 'scopes: [observe]',
  writer: 'scopes: [write]',
  admin: 'scopes: [admin]',
  attach: 'scopes: [attach]',
  boundAttach: `scopes: [attach], agents: [${BOUND_AGENT}]`,
  pair: 'scopes: [pair]',
} as const

/** A running server of ours. */
export type OwnServer = { target: Target } & AsyncDisposable

/** Starts our server in this process on a free port and describes it as a target. */
export async function startOwnServer(setup: Setup): Promise<OwnServer> {
  const stack = new AsyncDisposableStack()
  const folder = stack.use(await temporaryFolder()).path
  const path = join(folder, 'Moltnet')
  const auth = setup.mode === 'none' ? '' : authSection(setup)
  const storage =
    setup.storage === 'memory'
      ? 'kind: memory'
      : `kind: sqlite, sqlite: { path: ${JSON.stringify(join(folder, 'moltnet.db'))} }`
  await writeFile(
    path,
    `network: { id: conformance, name: Conformance }
server: { listen_addr: "127.0.0.1:0", limits: { messages: off, registrations: off, attaches: off, anonymous_reads: off } }
storage: { ${storage} }
${auth}`,
    { mode: 0o600 },
  )
  const { config } = await loadServerConfig({ path, cwd: folder, env: {} })
  const server = await createServer(config)
  stack.defer(() => server.stop())
  const target: Target = {
    baseUrl: server.url,
    networkId: 'conformance',
    mode: setup.mode,
    publicRead: config.auth.publicRead,
    registration: config.auth.agentRegistration,
    humanIngress: true,
    directMessages: true,
    credentials:
      setup.mode === 'none'
        ? {}
        : Object.fromEntries(Object.keys(TOKENS).map((name) => [name, tokenValue(name)])),
  }
  return { target, [Symbol.asyncDispose]: () => stack.disposeAsync() }
}

function authSection(setup: Setup): string {
  const tokens = Object.entries(TOKENS).map(
    ([name, rest]) => `    - { id: ${name}, value: ${tokenValue(name)}, ${rest} }`,
  )
  return [
    'auth:',
    `  mode: ${setup.mode}`,
    ...(setup.publicRead === undefined ? [] : [`  public_read: ${setup.publicRead}`]),
    ...(setup.registration === undefined ? [] : [`  agent_registration: ${setup.registration}`]),
    '  tokens:',
    ...tokens,
    '',
  ].join('\n')
}

function tokenValue(name: string): string {
  return `${name}-conformance-token`
}
