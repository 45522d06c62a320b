import { isIP } from 'node:net'

/** An address as rules and rate limits see it: no zone, and IPv4 written as such (`::ffff:10.0.0.1`). */
export function normalizeAddress(address: string): string {
  const plain = address.replace(/%.*$/, '').toLowerCase()
  return /^::ffff:\d+\.\d+\.\d+\.\d+$/.test(plain) ? plain.slice(7) : plain
}

/** Whether a normalised address is one of this machine. */
export function isLoopback(address: string): boolean {
  return address === '::1' || address.startsWith('127.')
}

/**
 * What one client can hold of addresses: an IPv4 address, or the /64 that a network gives to one
 * IPv6 customer, who could otherwise use a fresh address for each request.
 */
export function rateKey(address: string): string {
  if (isIP(address) !== 6) return address
  return (addressBits(address) >> 64n).toString(16)
}

/** Whether an address lies in one of the blocks, each an address or CIDR notation. */
export function createAddressSet(blocks: readonly string[]): (address: string) => boolean {
  const parsed = blocks.map(parseBlock)
  return (address) => {
    const family = isIP(address)
    if (family === 0) return false
    const bits = addressBits(address)
    return parsed.some((block) => block.family === family && bits >> block.shift === block.prefix)
  }
}

interface Block {
  family: number
  prefix: bigint
  /** Low bits that do not count. */
  shift: bigint
}

function parseBlock(text: string): Block {
  const [address = '', length] = text.split('/')
  const normal = normalizeAddress(address)
  const family = isIP(normal)
  const width = family === 4 ? 32 : 128
  const shift = BigInt(width - (length === undefined ? width : Number(length)))
  return { family, prefix: addressBits(normal) >> shift, shift }
}

function addressBits(address: string): bigint {
  if (isIP(address) === 4) return bitsOf(address.split('.').map(Number), 8n)
  // The URL parser knows every notation of IPv6 and gives the shortest one.
  const [head = '', tail] = new URL(`http://[${address}]`).hostname.slice(1, -1).split('::')
  const left = groups(head)
  const right = groups(tail ?? '')
  return bitsOf([...left, ...Array.from({ length: 8 - left.length - right.length }, () => 0), ...right], 16n)
}

function groups(text: string): number[] {
  return text === '' ? [] : text.split(':').map((group) => Number.parseInt(group, 16))
}

function bitsOf(parts: readonly number[], width: bigint): bigint {
  return parts.reduce((bits, part) => (bits << width) | BigInt(part), 0n)
}
