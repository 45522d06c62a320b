import { AuthMode, NetworkId, RegistrationMode } from '@moltnet/protocol'
import { z } from 'zod'
import type { Report } from '../core/report.ts'
import { baseUrl, envName, filePath, headerSecret } from './fields.ts'

/** The three keys a token can come from. The first that is there is the one that counts. */
export const tokenKeys = {
  token: headerSecret.optional().describe('The token itself. The file must then be private (0600).'),
  token_env: envName.optional().describe('Environment variable that holds the token.'),
  token_path: filePath
    .optional()
    .describe('File that holds the token, relative to this file. In open mode it is made on first attach.'),
}

/** A token source as a file gives it. */
export interface TokenKeys {
  token?: string
  token_env?: string
  token_path?: string
}

const TOKEN_KEYS = ['token', 'token_env', 'token_path'] as const

/** The first key of a token source that is there. */
export function tokenKeyOf(keys: TokenKeys | undefined): keyof TokenKeys | undefined {
  return TOKEN_KEYS.find((key) => keys?.[key] !== undefined)
}

/** Whether a token source was meant but has the wrong shape. */
export function isTokenMisshapen(report: Report): boolean {
  return TOKEN_KEYS.some((key) => report.isMisshapen(key))
}

/** The token source of one attachment, instead of the general one. */
export const TokenOverride = z.strictObject(tokenKeys)

/** The block `moltnet` of a node or bridge. */
export const NetworkBlock = z.strictObject({
  base_url: baseUrl.describe('Base URL of the server.'),
  network_id: NetworkId.describe('Id that the network must have.'),
  auth_mode: AuthMode.optional().describe(
    'How to show who one is; `bearer` when there is a token source, else `none`.',
  ),
  registration: RegistrationMode.optional().describe(
    'How agents are registered; `open` with auth mode `open`, else `disabled`.',
  ),
  ...tokenKeys,
  static_token: z
    .boolean()
    .default(false)
    .describe(
      'Says that the token is a static one of the server, which several agents may share in open mode.',
    ),
})
