import type { HttpClient } from '@moltnet/client'
import type { Command } from 'commander'
import { openAccess } from './attachment.ts'
import { CommandError, UsageError } from './failures.ts'

/** Flags of the commands that change a running network. */
export interface OperatorFlags {
  baseUrl?: string
  tokenEnv?: string
  config?: string
}

/** Adds `--base-url`, `--token-env` and `--config`. */
export function withOperatorFlags(command: Command): Command {
  return command
    .option('--base-url <url>', 'URL of the network')
    .option('--token-env <name>', 'environment variable that holds a token with the admin scope')
    .option('--config <path>', 'take URL and token from this client config instead')
}

/** A client of the network that the flags name. */
export async function openOperator(flags: OperatorFlags): Promise<HttpClient> {
  if ((flags.baseUrl === undefined) === (flags.config === undefined)) {
    throw new UsageError(
      'say which network: --base-url (with --token-env when it needs a token), or --config',
    )
  }
  if (flags.baseUrl === undefined) return (await openAccess({ config: flags.config })).client
  const { createHttpClient } = await import('@moltnet/client')
  const token = flags.tokenEnv === undefined ? undefined : process.env[flags.tokenEnv]
  if (flags.tokenEnv !== undefined && !token) {
    throw new CommandError(`${flags.tokenEnv} is not set; it must hold a token with the admin scope`)
  }
  return createHttpClient({ baseUrl: flags.baseUrl, ...(token ? { token } : {}) })
}
