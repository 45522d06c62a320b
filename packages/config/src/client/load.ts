import { dirname, resolve } from 'node:path'
import { fileError } from '../core/fault.ts'
import type { Environment } from '../environment.ts'
import type { FoundFile } from '../files/find-file.ts'
import { findFile } from '../files/find-file.ts'
import { readTextFile } from '../files/read-file.ts'
import type { ConfigText, Loaded, LoadOptions, ParseOptions } from '../load.ts'
import { readConfig, readFound, textInput } from '../load.ts'
import { LEGACY_CLIENT_VERSION } from './file.ts'
import { resolveClient, resolveIdentity } from './resolve.ts'
import { clientKind, identityKind } from './rules.ts'
import type { ClientConfig, ClientIdentity } from './types.ts'

/** Where a client's configuration is looked for, below the working directory. */
export const CLIENT_FILE_NAMES = ['.moltnet/config.json', '.spawnfile/moltnet.json'] as const

/** Variable that names the client's file. */
export const CLIENT_FILE_VARIABLE = 'MOLTNET_CLIENT_CONFIG'

/** A client configuration that was loaded. */
export interface LoadedClient extends Loaded<ClientConfig> {
  /** The file has the version that Spawnfile wrote. */
  legacy: boolean
}

/**
 * Loads a client's configuration: an explicit path, `MOLTNET_CLIENT_CONFIG`, `./.moltnet/config.json` or
 * `./.spawnfile/moltnet.json`. Throws a ConfigError with all faults, or when there is no file.
 */
export async function loadClientConfig(options: LoadOptions): Promise<LoadedClient> {
  const found = await findClientConfig(options)
  if (found !== undefined) return readClient(await readFound(found), options)
  throw fileError(
    '.moltnet/config.json',
    'there is no such file; moltnet connect writes one (or name one with --config)',
  )
}

/** The client's file that would be loaded, or undefined when none was named and none is there. */
export function findClientConfig(
  options: Pick<LoadOptions, 'path' | 'cwd' | 'env'>,
): Promise<FoundFile | undefined> {
  return findFile({ ...options, variable: CLIENT_FILE_VARIABLE, names: CLIENT_FILE_NAMES })
}

/** The configuration at a path, or undefined when there is no file. Throws a ConfigError with all faults. */
export async function loadClientConfigAt(path: string, env: Environment): Promise<ClientConfig | undefined> {
  const file = await readTextFile(path, path)
  if (file === undefined) return undefined
  return (await readClient({ ...file, path: resolve(path), shown: path }, { cwd: dirname(path), env })).config
}

/** The configuration that a text stands for, as {@link loadClientConfig} would read it from a private file. */
export async function parseClientConfig(text: string, options: ParseOptions = {}): Promise<LoadedClient> {
  return readClient(...textInput(text, CLIENT_FILE_NAMES[0], options))
}

/** Reads an identity file; undefined when there is none. Throws a ConfigError with all faults. */
export async function loadIdentity(path: string): Promise<ClientIdentity | undefined> {
  const file = await readTextFile(path, path)
  if (file === undefined) return undefined
  const plan = { kind: identityKind, context: undefined, secrets: [], jsonOnly: true }
  return resolveIdentity((await readConfig({ ...file, path, shown: path }, plan)).data)
}

async function readClient(input: ConfigText, { env, features }: LoadOptions): Promise<LoadedClient> {
  const checked = await readConfig(input, {
    kind: clientKind,
    context: undefined,
    secrets: ['attachments.*.auth.token'],
    features,
    jsonOnly: true,
  })
  return {
    config: resolveClient(checked.data, { dir: dirname(input.path), env }),
    path: input.path,
    warnings: checked.warnings,
    legacy: checked.data.version === LEGACY_CLIENT_VERSION,
  }
}
