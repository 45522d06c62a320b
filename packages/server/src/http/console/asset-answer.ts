import { CONSOLE_CSP, content } from '../answer.ts'
import type { ConsoleAsset } from '../deps.ts'
import type { Exchange } from '../exchange.ts'

/** Smaller files are sent as they are, in bytes: they fit into one packet either way. */
const PACKED_FROM_BYTES = 1_024

/** `gzip` in an `Accept-Encoding` that does not refuse it. */
const TAKES_GZIP = /\bgzip\b(?!\s*;\s*q=0(?:\.0*)?\s*(?:,|$))/i

/** Packed once each, when a browser first asks. */
const packed = new WeakMap<ConsoleAsset, Uint8Array<ArrayBuffer>>()

/** One file of the console, with gzip for those who take it. */
export function assetAnswer(asset: ConsoleAsset, exchange: Exchange): Response {
  const { body, contentType, immutable } = asset
  const headers = {
    'Content-Type': contentType,
    'Content-Security-Policy': CONSOLE_CSP,
    'Cache-Control': immutable ? 'public, max-age=31536000, immutable' : 'no-cache',
    Vary: 'Accept-Encoding',
  }
  const isPacked =
    body.length >= PACKED_FROM_BYTES && TAKES_GZIP.test(exchange.header('accept-encoding') ?? '')
  if (!isPacked) return content(body, headers)
  return content(packedBody(asset), { ...headers, 'Content-Encoding': 'gzip' })
}

function packedBody(asset: ConsoleAsset): Uint8Array<ArrayBuffer> {
  const known = packed.get(asset)
  if (known !== undefined) return known
  const body = Bun.gzipSync(asset.body, { level: 9 })
  packed.set(asset, body)
  return body
}
