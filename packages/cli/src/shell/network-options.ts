import { AuthMode, RegistrationMode } from '@moltnet/protocol'
import { type Command, Option } from 'commander'
import { UsageError } from './failures.ts'

/** Flags that name a network and the token to use with it. */
export interface NetworkFlags {
  baseUrl: string
  authMode?: AuthMode
  registration?: RegistrationMode
  token?: string
  tokenEnv?: string
  tokenPath?: string
}

/** Adds `--base-url`, `--auth-mode`, `--registration` and the three token flags. */
export function networkFlags(command: Command): Command {
  return command
    .requiredOption('--base-url <url>', 'http or https URL of the network')
    .addOption(new Option('--auth-mode <mode>', 'how the network authenticates').choices(AuthMode.options))
    .addOption(new Option('--registration <mode>', 'who may register').choices(RegistrationMode.options))
    .option('--token <token>', 'token (visible in the process list; prefer the two below)')
    .option('--token-env <name>', 'environment variable that holds the token')
    .option('--token-path <file>', 'file that holds the token, mode 0600')
}

/** Checks what the flags say together: one token source at most, and a base URL that is one. */
export function checkNetworkFlags(flags: NetworkFlags): NetworkFlags {
  const sources = [flags.token, flags.tokenEnv, flags.tokenPath].filter((source) => source !== undefined)
  if (sources.length > 1) throw new UsageError('give one of --token, --token-env and --token-path')
  const url = URL.canParse(flags.baseUrl) ? new URL(flags.baseUrl) : undefined
  if (!url || !['http:', 'https:'].includes(url.protocol)) {
    throw new UsageError(`--base-url ${JSON.stringify(flags.baseUrl)} is not an http or https URL`)
  }
  return { ...flags, baseUrl: flags.baseUrl.replace(/\/+$/, '') }
}
