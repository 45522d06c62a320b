import { isIP } from 'node:net'
import { z } from 'zod'

/** Labels of letters, digits and hyphens; underscores appear in container networks. */
export const HOST_NAME =
  /^(?=.{1,253}$)[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,62})(?:\.[A-Za-z0-9_][A-Za-z0-9_-]{0,62})*\.?$/

/** A host name as it stands in a `Host` header, without port. */
export const hostName = z
  .string()
  .refine(
    (text) => isIP(text) !== 0 || HOST_NAME.test(text),
    'must be a host name such as chat.example.com, without scheme, port and path',
  )

/** An IP address, or a CIDR block such as `10.0.0.0/8`. */
export const addressOrBlock = z
  .string()
  .refine(isAddressOrBlock, 'must be an IP address or a block such as 10.0.0.0/8 or fd00::/8')

function isAddressOrBlock(text: string): boolean {
  const [address = '', prefix, ...rest] = text.split('/')
  const family = isIP(address)
  if (family === 0 || rest.length > 0) return false
  if (prefix === undefined) return true
  return /^(0|[1-9][0-9]{0,2})$/.test(prefix) && Number(prefix) <= (family === 4 ? 32 : 128)
}
