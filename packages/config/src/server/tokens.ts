import { createHash } from 'node:crypto'
import type { Environment } from '../environment.ts'
import { variable } from '../environment.ts'
import { headerSecret } from '../schema/fields.ts'

/** SHA-256 of a token, 64 hex digits: all that a server keeps of it. */
export function tokenHash(value: string): string {
  return createHash('sha256').update(value).digest('hex')
}

/** Id of a static token that the file gives none: `tok_` and the first 16 hex digits of its SHA-256. */
export function tokenId(value: string): string {
  return `tok_${tokenHash(value).slice(0, 16)}`
}

/** The token's value from the file or the environment; undefined when there is none or it is no token. */
export function tokenValue(
  token: { value?: string; value_env?: string },
  env: Environment,
): string | undefined {
  if (token.value !== undefined) return token.value
  const value = token.value_env === undefined ? undefined : variable(env, token.value_env)?.trim()
  return headerSecret.safeParse(value).data
}
