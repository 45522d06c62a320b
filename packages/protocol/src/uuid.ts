import { toHex } from './hex.ts'

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i

/**
 * The version 5 UUID (RFC 9562 section 5.5) of `name` in `namespace`: the same two always give the
 * same id. Throws a RangeError when `namespace` is no UUID.
 */
export async function uuidV5(namespace: string, name: string): Promise<string> {
  if (!UUID.test(namespace)) throw new RangeError('a UUID namespace must itself be a UUID')
  const prefix = namespace.replaceAll('-', '').match(/../g) as string[]
  const bytes = Uint8Array.from([
    ...prefix.map((pair) => parseInt(pair, 16)),
    ...new TextEncoder().encode(name),
  ])
  const hash = new Uint8Array(await crypto.subtle.digest('SHA-1', bytes)).slice(0, 16)
  hash[6] = ((hash[6] as number) & 0x0f) | 0x50
  hash[8] = ((hash[8] as number) & 0x3f) | 0x80
  const hex = toHex(hash)
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-')
}
