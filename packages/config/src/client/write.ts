import { valueSource } from '../core/source.ts'
import { validate } from '../core/validate.ts'
import type { Environment } from '../environment.ts'
import { writePrivateFile } from '../files/atomic-file.ts'
import { withFileLock } from '../files/lock-file.ts'
import { loadClientConfigAt } from './load.ts'
import { clientFileOf, identityFileOf } from './resolve.ts'
import { clientKind, identityKind } from './rules.ts'
import type { ClientConfig, ClientIdentity } from './types.ts'

/**
 * Writes a client's configuration whole: mode 0600, folders made 0700, never through a symbolic link.
 * Throws a ConfigError and writes nothing when it would not load again.
 */
export async function writeClientConfig(path: string, config: ClientConfig): Promise<void> {
  const file = clientFileOf(config, path)
  validate(clientKind, valueSource(file, path), { context: undefined, faults: [] })
  await writePrivateFile(path, toJson(file))
}

/**
 * Changes a client's configuration while no other program does: `change` gets what is there now (undefined
 * when there is no file) and gives what is to be written. When it throws, the file stays as it was.
 */
export async function updateClientConfig(
  path: string,
  change: (current: ClientConfig | undefined) => ClientConfig | Promise<ClientConfig>,
  options: { env: Environment },
): Promise<ClientConfig> {
  return withFileLock(path, async () => {
    const next = await change(await loadClientConfigAt(path, options.env))
    await writeClientConfig(path, next)
    return next
  })
}

/** Writes an identity file whole, with the same care. */
export async function writeIdentity(path: string, identity: ClientIdentity): Promise<void> {
  const file = identityFileOf(identity)
  validate(identityKind, valueSource(file, path), { context: undefined, faults: [] })
  await writePrivateFile(path, toJson(file))
}

function toJson(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`
}
