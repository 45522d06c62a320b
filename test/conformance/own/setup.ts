import { BOUND_AGENT, BOUND_NETWORK, type Credentials, type Target } from '../target.ts'
import { OPEN_GUARDS } from '../../support/open-guards.ts'

/** How our own server is set up for a run. */
export interface Setup {
  name: string
  mode: Target['mode']
  publicRead?: boolean
  registration?: Target['registration']
  storage: 'sqlite' | 'memory'
  /** Agents that have a static token of their own: see {@link agentToken}. */
  agents?: readonly string[]
}

/** The modes that our server is checked in. */
export const MODES: readonly Omit<Setup, 'storage'>[] = [
  { name: 'none', mode: 'none' },
  { name: 'bearer', mode: 'bearer' },
  {
    name: 'bearer with public reads and open registration',
    mode: 'bearer',
    publicRead: true,
    registration: 'open',
  },
  { name: 'open', mode: 'open' },
]

/** Id of the network of every own server. */
export const OWN_NETWORK = 'conformance'

const TOKENS = {
  operator: 'scopes: [observe, write, admin]',
  observer: 'scopes: [observe]',
  writer: 'scopes: [write]',
  admin: 'scopes: [admin]',
  attach: 'scopes: [attach]',
  boundAttach: `scopes: [attach], agents: [${BOUND_AGENT}]`,
  pair: 'scopes: [pair]',
  boundPair: `scopes: [pair], network: ${BOUND_NETWORK}`,
  seer: 'scopes: [observe, attach]',
} as const satisfies Record<keyof Credentials, string>

/** A `Moltnet` file for a setup, without limits on how fast one may be. `database` is a path for SQLite. */
export function configText(setup: Setup, o: { listen: string; database: string }): string {
  const storage =
    setup.storage === 'memory'
      ? 'kind: memory'
      : `kind: sqlite, sqlite: { path: ${JSON.stringify(o.database)} }`
  const limits = 'messages: off, registrations: off, attaches: off, anonymous_reads: off'
  return [
    `network: { id: ${OWN_NETWORK}, name: Conformance }`,
    `server: { listen_addr: "${o.listen}", limits: { ${limits} } }`,
    `storage: { ${storage} }`,
    `guards: ${OPEN_GUARDS}`,
    ...(setup.mode === 'none' ? [] : authLines(setup)),
    '',
  ].join('\n')
}

/** A server of a setup as the suite sees it. */
export function targetOf(setup: Setup, baseUrl: string): Target {
  const open = setup.mode === 'open'
  return {
    baseUrl,
    networkId: OWN_NETWORK,
    mode: setup.mode,
    publicRead: setup.publicRead ?? open,
    registration: setup.registration ?? (open ? 'open' : 'disabled'),
    humanIngress: true,
    directMessages: true,
    credentials:
      setup.mode === 'none'
        ? {}
        : Object.fromEntries(Object.keys(TOKENS).map((name) => [name, tokenValue(name)])),
  }
}

function authLines(setup: Setup): string[] {
  const agents = (setup.agents ?? []).map(
    (id) => [`agent-${id}`, `scopes: [attach], agents: [${id}]`] as const,
  )
  const tokens = [...Object.entries(TOKENS), ...agents].map(
    ([name, rest]) => `    - { id: ${name}, value: ${tokenValue(name)}, ${rest} }`,
  )
  return [
    'auth:',
    `  mode: ${setup.mode}`,
    ...(setup.publicRead === undefined ? [] : [`  public_read: ${setup.publicRead}`]),
    ...(setup.registration === undefined ? [] : [`  agent_registration: ${setup.registration}`]),
    '  tokens:',
    ...tokens,
  ]
}

/** The token of one of {@link Setup.agents}. */
export function agentToken(agentId: string): string {
  return tokenValue(`agent-${agentId}`)
}

function tokenValue(name: string): string {
  return `${name}-conformance-token`
}
