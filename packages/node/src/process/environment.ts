import { delimiter } from 'node:path'

/** What a child's environment is made from. */
export interface EnvironmentOptions {
  /** The node's own environment. */
  parent: Readonly<Record<string, string | undefined>>
  /** `inherit_env`: everything that is safe, nothing, or these names. */
  inherit: boolean | readonly string[]
  /** Variables that hold Moltnet tokens. */
  secretNames: readonly string[]
  /** The `env` map of the configuration. */
  configured: Readonly<Record<string, string>>
  /** What the node itself sets; wins over everything else. */
  own: Readonly<Record<string, string>>
  /** Put first into PATH. */
  pathFolder?: string
}

/** Loaded by Node.js and Bun before any program: must not leak from the node into an agent's tools. */
const RUNTIME_VARIABLES = /^(MOLTNET_|BUN_)|^NODE_OPTIONS$/i

/**
 * The environment of an agent's program. Of the node's own variables none that is named `MOLTNET_*`,
 * `BUN_*` or `NODE_OPTIONS`, or that holds a token, is handed on, even when it is listed.
 * PATH is always there, because programs cannot be found without it.
 */
export function childEnvironment(options: EnvironmentOptions): Record<string, string> {
  const { parent, inherit, secretNames, configured, own, pathFolder } = options
  const names = inherit === true ? Object.keys(parent) : inherit === false ? [] : inherit
  const secrets = new Set(secretNames)
  const environment: Record<string, string> = {}
  for (const name of names) {
    const value = parent[name]
    if (value !== undefined && !RUNTIME_VARIABLES.test(name) && !secrets.has(name)) environment[name] = value
  }
  Object.assign(environment, configured, own)
  const path = configured.PATH ?? parent.PATH ?? ''
  environment.PATH = [pathFolder, path].filter((part) => part !== undefined && part !== '').join(delimiter)
  return environment
}
