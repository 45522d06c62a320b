import type { ConfigFault } from '../core/fault.ts'
import { formatPath } from '../core/path.ts'
import type { Overlay } from '../core/source.ts'
import { jsonSource } from '../core/source.ts'
import type { Environment } from '../environment.ts'
import { parseSwitch, variable } from '../environment.ts'

type TextPath = readonly string[]

const TEXTS: Record<string, TextPath> = {
  MOLTNET_LISTEN_ADDR: ['server', 'listen_addr'],
  MOLTNET_NETWORK_ID: ['network', 'id'],
  MOLTNET_NETWORK_NAME: ['network', 'name'],
  MOLTNET_CONSOLE_ANALYTICS_PROVIDER: ['server', 'console', 'analytics', 'provider'],
  MOLTNET_CONSOLE_ANALYTICS_MEASUREMENT_ID: ['server', 'console', 'analytics', 'measurement_id'],
}

const SWITCHES: Record<string, TextPath> = {
  MOLTNET_ALLOW_INSECURE: ['server', 'allow_insecure'],
  MOLTNET_ALLOW_HUMAN_INGRESS: ['server', 'human_ingress'],
  MOLTNET_ALLOW_DIRECT_MESSAGES: ['server', 'direct_messages'],
  MOLTNET_DEBUG_EVENTS: ['server', 'debug_events'],
}

/** Variables that name where a backend keeps its data. A later one of the same backend wins. */
const STORES: readonly { name: string; kind: string; path: TextPath }[] = [
  { name: 'MOLTNET_SQLITE_PATH', kind: 'sqlite', path: ['storage', 'sqlite', 'path'] },
  { name: 'MOLTNET_POSTGRES_DSN', kind: 'postgres', path: ['storage', 'postgres', 'dsn'] },
  { name: 'MOLTNET_DATA_PATH', kind: 'json', path: ['storage', 'json', 'path'] },
  { name: 'MOLTNET_JSON_PATH', kind: 'json', path: ['storage', 'json', 'path'] },
]

/** Variables that change the server's configuration. */
export const SERVER_VARIABLES: readonly string[] = [
  ...Object.keys(TEXTS),
  ...Object.keys(SWITCHES),
  'MOLTNET_STORAGE_KIND',
  ...STORES.map((store) => store.name),
  'MOLTNET_PAIRINGS_JSON',
]

/** Where `json` storage goes when only the environment asks for it. */
const JSON_PATH_DEFAULT = '.moltnet/state.json'

/** What the environment puts over the file, and what is wrong with the variables themselves. */
export interface EnvironmentOverlay {
  overlays: Overlay[]
  faults: ConfigFault[]
}

/** Reads the server's environment variables. */
export function serverOverlays(env: Environment): EnvironmentOverlay {
  const found: EnvironmentOverlay = { overlays: [], faults: [] }
  for (const [name, path] of Object.entries(TEXTS)) {
    const value = variable(env, name)
    if (value !== undefined) found.overlays.push({ path, variable: name, value: value.trim() })
  }
  for (const name of Object.keys(SWITCHES)) readSwitch(env, name, found)
  readStorage(env, found)
  readPairings(env, found)
  return found
}

function readSwitch(env: Environment, name: string, found: EnvironmentOverlay): void {
  const text = variable(env, name)
  if (text === undefined) return
  const path = SWITCHES[name] ?? []
  const value = parseSwitch(text)
  if (value !== undefined) found.overlays.push({ path, variable: name, value })
  else {
    const message = 'must be 1, true, yes or on, or 0, false, no or off'
    found.faults.push({ file: name, path: formatPath(path), message })
  }
}

function readStorage(env: Environment, found: EnvironmentOverlay): void {
  const kind = variable(env, 'MOLTNET_STORAGE_KIND')?.trim()
  const set = STORES.flatMap((store) => {
    const value = variable(env, store.name)
    return value === undefined ? [] : [{ ...store, value: value.trim() }]
  })
  if (kind === 'json') {
    // Put under the paths that follow, so that it holds only when none of them is set.
    found.overlays.push({
      path: ['storage', 'json', 'path'],
      variable: 'MOLTNET_STORAGE_KIND',
      value: JSON_PATH_DEFAULT,
    })
  }
  for (const { name, path, value } of set) found.overlays.push({ path, variable: name, value })
  const kinds = new Map(set.map((store) => [store.kind, store.name]))
  const [only] = kinds
  if (kind !== undefined) {
    found.overlays.push({ path: ['storage', 'kind'], variable: 'MOLTNET_STORAGE_KIND', value: kind })
  } else if (kinds.size > 1) {
    const names = [...kinds.values()]
    const message = `together with ${names.slice(1).join(' and ')} it is not clear which storage is meant; set MOLTNET_STORAGE_KIND`
    found.faults.push({ file: names[0] ?? '', path: 'storage.kind', message })
  } else if (only) {
    found.overlays.push({ path: ['storage', 'kind'], variable: only[1], value: only[0] })
  }
}

function readPairings(env: Environment, found: EnvironmentOverlay): void {
  const name = 'MOLTNET_PAIRINGS_JSON'
  const text = variable(env, name)
  if (text === undefined) return
  const source = jsonSource(text, name)
  for (const fault of source.faults) {
    found.faults.push({ ...fault, path: fault.path === '' ? 'pairings' : `pairings${fault.path}` })
  }
  if (!source.broken) found.overlays.push({ path: ['pairings'], variable: name, value: source.value, source })
}
