import { basename, resolve } from 'node:path'
import { valueAt } from './core/path.ts'
import { textSource } from './core/source.ts'
import { unavailableFeatures } from './features.ts'
import { CLIENT_VERSION, LEGACY_CLIENT_VERSION } from './client/file.ts'
import { loadClientConfig } from './client/load.ts'
import { loadBridgeConfig, loadNodeConfig, NODE_FILE_NAMES } from './node/load.ts'
import { BRIDGE_VERSION, NODE_VERSION } from './node/file.ts'
import type { LoadOptions } from './load.ts'
import { readFound } from './load.ts'
import { SERVER_VERSION } from './server/file.ts'
import { loadServerConfig } from './server/load.ts'

/** Kinds of configuration files. */
export type ConfigKind = 'server' | 'node' | 'bridge' | 'client'

/** What is known about a file that is right. */
export interface ValidatedFile {
  kind: ConfigKind
  /** Absolute path. */
  path: string
  warnings: string[]
  /** Features of the file that this build does not have: it cannot be started yet. */
  unavailable: string[]
}

const KINDS: Record<string, ConfigKind> = {
  [SERVER_VERSION]: 'server',
  [NODE_VERSION]: 'node',
  [BRIDGE_VERSION]: 'bridge',
  [CLIENT_VERSION]: 'client',
  [LEGACY_CLIENT_VERSION]: 'client',
}

/**
 * Validates one file of any kind, features of later releases included. The kind is that of its version,
 * else of its name, else of its keys. Throws a ConfigError with all faults.
 */
export async function validateConfigFile(
  path: string,
  options: Omit<LoadOptions, 'path'>,
): Promise<ValidatedFile> {
  const kind = await configKindOf(path, options.cwd)
  const all = { ...options, path, features: 'all' as const }
  return { kind, path: resolve(options.cwd, path), ...(await check(kind, path, all)) }
}

async function check(kind: ConfigKind, path: string, options: LoadOptions): Promise<Checked> {
  if (kind === 'client') return { warnings: (await loadClientConfig(options)).warnings, unavailable: [] }
  const { config, warnings } = await loadFeatured(kind, path, options)
  return { warnings, unavailable: unavailableFeatures(config) }
}

type Checked = Pick<ValidatedFile, 'warnings' | 'unavailable'>

function loadFeatured(kind: Exclude<ConfigKind, 'client'>, path: string, options: LoadOptions) {
  if (kind === 'server') return loadServerConfig(options)
  return kind === 'node' ? loadNodeConfig(options) : loadBridgeConfig(path, options)
}

async function configKindOf(path: string, cwd: string): Promise<ConfigKind> {
  const { text } = await readFound({ path: resolve(cwd, path), shown: path })
  const { value } = await textSource(text, path)
  const version = valueAt(value, ['version'])
  const byVersion = typeof version === 'string' ? KINDS[version] : undefined
  if (byVersion !== undefined) return byVersion
  if (NODE_FILE_NAMES.includes(basename(path))) return 'node'
  if (valueAt(value, ['moltnet']) === undefined) return 'server'
  return valueAt(value, ['runtime']) === undefined ? 'node' : 'bridge'
}
