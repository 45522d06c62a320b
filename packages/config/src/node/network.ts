import type { AuthMode, RegistrationMode } from '@moltnet/protocol'
import type { Environment } from '../environment.ts'
import { resolvePath } from '../paths.ts'
import type { TokenKeys } from '../schema/network.ts'
import { tokenKeyOf } from '../schema/network.ts'
import type { TokenRule, TokenSource } from './types.ts'

/** The mode of an attachment: as configured, else `bearer` when there is a token source, else `none`. */
export function authModeOf(network: TokenKeys & { auth_mode?: AuthMode }, own?: TokenKeys): AuthMode {
  return network.auth_mode ?? ((tokenKeyOf(own) ?? tokenKeyOf(network)) ? 'bearer' : 'none')
}

/** Who registers agents: as configured, else what the mode implies. */
export function registrationOf(configured: RegistrationMode | undefined, mode: AuthMode): RegistrationMode {
  return configured ?? (mode === 'open' ? 'open' : 'disabled')
}

/** The source that the keys stand for: the first that is there counts, whatever it holds. */
export function tokenSourceOf(
  keys: TokenKeys,
  { rule, dir, env }: { rule: TokenRule; dir: string; env: Environment },
): TokenSource {
  const { token, token_env: name, token_path: path } = keys
  if (token !== undefined) return { kind: 'value', token, rule }
  if (name !== undefined) return { kind: 'env', name, rule }
  return path === undefined ? { kind: 'none' } : { kind: 'file', path: resolvePath(path, dir, env), rule }
}

/** What a token may be: see {@link TokenRule}. */
export function tokenRuleOf(mode: AuthMode, registration: RegistrationMode, isStatic: boolean): TokenRule {
  if (isStatic) return 'static'
  return mode === 'open' && registration !== 'disabled' ? 'claim' : 'any'
}
