import { ConfigError } from '../core/fault.ts'
import type { Path } from '../core/path.ts'
import type { Source } from '../core/source.ts'
import { validate } from '../core/validate.ts'
import type { Environment } from '../environment.ts'
import { resolvePath } from '../paths.ts'
import { ClientAttachmentEntry } from './file.ts'
import { resolveAttachment } from './resolve.ts'
import type { ClientAttachment } from './types.ts'

/** The flags of `moltnet connect`, as they were typed. */
export interface ConnectFlags {
  baseUrl: string
  networkId: string
  memberId: string
  agentName?: string
  runtime?: string
  /** Room ids. */
  rooms?: readonly string[]
  enableDms?: boolean
  authMode?: string
  registration?: string
  token?: string
  tokenEnv?: string
  /** Relative to the working directory. */
  tokenPath?: string
}

/**
 * The attachment that the flags stand for, checked as in a file. Throws a ConfigError that names the flags.
 * Whether the mode has a token is not checked: the configuration that it joins may have one.
 */
export function attachmentFromFlags(
  flags: ConnectFlags,
  context: { cwd: string; env: Environment },
): ClientAttachment {
  const { cwd, env } = context
  const entry = {
    agent_name: flags.agentName,
    auth: {
      mode: flags.authMode,
      registration: flags.registration,
      token: flags.token,
      token_env: flags.tokenEnv,
      token_path: flags.tokenPath && resolvePath(flags.tokenPath, cwd, env),
    },
    base_url: flags.baseUrl,
    network_id: flags.networkId,
    member_id: flags.memberId,
    rooms: [...new Set(flags.rooms ?? [])].map((id) => ({ id })),
    dms: { enabled: flags.enableDms ?? false },
    runtime: flags.runtime,
  }
  const source: Source = { value: entry, locate: (path) => ({ file: flagOf(path) }) }
  try {
    const kind = { schema: ClientAttachmentEntry, rules: () => undefined }
    return resolveAttachment(validate(kind, source, { context: undefined, faults: [] }).data, {
      dir: cwd,
      env,
    })
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    throw new ConfigError(error.faults.map((fault) => ({ ...fault, path: '' })))
  }
}

function flagOf(path: Path): string {
  const [first, second] = path
  const key = first === 'auth' ? (second === 'mode' ? 'auth_mode' : second) : first
  return `--${String(key).replaceAll('_', '-')}`
}

/** The token source that the flags name, checked as in a file. Throws a ConfigError that names the flags. */
export function tokenFromFlags(
  flags: Pick<ConnectFlags, 'authMode' | 'token' | 'tokenEnv' | 'tokenPath' | 'baseUrl'>,
  context: { cwd: string; env: Environment },
): ClientAttachment['token'] {
  const { authMode, token, tokenEnv, tokenPath, baseUrl } = flags
  // The ids are placeholders: only the token of this attachment is used.
  const named = { baseUrl, networkId: 'network', memberId: 'member', authMode, token, tokenEnv, tokenPath }
  return attachmentFromFlags(named, context).token
}
