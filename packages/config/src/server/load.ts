import { valueSource } from '../core/source.ts'
import { findFile } from '../files/find-file.ts'
import type { ConfigText, Loaded, LoadOptions, ParseOptions, ReadPlan } from '../load.ts'
import { readConfig, readFound, textInput, validateSource } from '../load.ts'
import { serverOverlays } from './environment.ts'
import type { ServerFile } from './file.ts'
import { resolveServer } from './resolve.ts'
import type { ServerContext } from './rules.ts'
import { serverKind } from './rules.ts'
import type { ServerConfig } from './types.ts'

/** Names that a server's file may have in the working directory. */
export const SERVER_FILE_NAMES: readonly string[] = ['Moltnet', 'moltnet.yaml', 'moltnet.yml', 'moltnet.json']

/** Variable that names the server's file. */
export const SERVER_FILE_VARIABLE = 'MOLTNET_CONFIG'

const SECRETS: readonly string[] = ['auth.tokens.*.value', 'pairings.*.token', 'storage.postgres.dsn']

/** A server configuration; `path` is absent when there was no file and the defaults hold. */
export type LoadedServer = Omit<Loaded<ServerConfig>, 'path'> & { path?: string }

/**
 * Loads the server's configuration: an explicit path, `MOLTNET_CONFIG`, or the first of the usual names in
 * `cwd`, with the environment over it; the defaults when there is no file. Throws a ConfigError with all faults.
 */
export async function loadServerConfig(options: LoadOptions): Promise<LoadedServer> {
  const found = await findFile({ ...options, variable: SERVER_FILE_VARIABLE, names: SERVER_FILE_NAMES })
  const loaded = await readServer(found && (await readFound(found)), options)
  return { ...loaded, path: found?.path }
}

/** The configuration that a text stands for, as {@link loadServerConfig} would read it from a private file. */
export async function parseServerConfig(text: string, options: ParseOptions = {}): Promise<LoadedServer> {
  return readServer(...textInput(text, 'Moltnet', options))
}

/** The configuration of a server without a file and without variables. */
export function defaultServerConfig(options: { cwd?: string } = {}): ServerConfig {
  const { cwd = process.cwd() } = options
  const plan = planOf({ cwd, env: {} })
  const { data, features } = validateSource(valueSource({}, 'defaults'), plan)
  return resolveServer(data, { cwd, env: {}, features })
}

async function readServer(input: ConfigText | undefined, options: LoadOptions): Promise<LoadedServer> {
  const plan = planOf(options)
  const checked = input ? await readConfig(input, plan) : validateSource(valueSource({}, 'environment'), plan)
  const config = resolveServer(checked.data satisfies ServerFile, { ...options, features: checked.features })
  return { config, warnings: checked.warnings }
}

function planOf(options: LoadOptions): ReadPlan<typeof serverKind.schema, ServerContext> {
  return {
    kind: serverKind,
    context: { env: options.env, nowMs: Date.now() },
    secrets: SECRETS,
    features: options.features,
    ...serverOverlays(options.env),
  }
}
