import { ATTACH_VERSION, LIMITS, MoltnetError } from '@moltnet/protocol'

/**
 * Most bytes that an EVENT frame adds to its event, the keys of durable delivery included. The network id
 * is there twice at most.
 */
const ENVELOPE_BYTES = JSON.stringify({
  op: 'EVENT',
  version: ATTACH_VERSION,
  network_id: '',
  cursor: `evt_${'f'.repeat(8)}.${Number.MAX_SAFE_INTEGER}`,
  redelivered: false,
  attempt: 2 ** 31 - 1,
  event: 0,
}).length

/** Refuses an event whose EVENT frame would be larger than any attachment can take. */
export function ensureFits(entry: { readonly json: string }, networkId: string, what: string): void {
  const budget = LIMITS.frameBytes - ENVELOPE_BYTES - networkId.length
  // A UTF-16 unit is at most 3 bytes: almost every event needs no counting.
  if (entry.json.length * 3 <= budget) return
  const bytes = Buffer.byteLength(entry.json)
  if (bytes <= budget) return
  throw new MoltnetError(
    'payload_too_large',
    `${what} would need ${bytes} bytes in an event, ${bytes - budget} more than an attachment frame can carry`,
  )
}
