/**
 * The value of `X-Moltnet-Signature`: `t=<seconds since 1970>,v1=<hex>`, where `v1` is the HMAC-SHA256 of
 * `<t>.<body>`. The receiver compares it in constant time and refuses a `t` that is minutes old, so that
 * a body which somebody recorded cannot be sent again.
 */
export async function signWake(body: string, key: string, nowMs: number): Promise<string> {
  const seconds = Math.floor(nowMs / 1_000)
  const encoder = new TextEncoder()
  const algorithm = { name: 'HMAC', hash: 'SHA-256' }
  const hmac = await crypto.subtle.importKey('raw', encoder.encode(key), algorithm, false, ['sign'])
  const signature = await crypto.subtle.sign('HMAC', hmac, encoder.encode(`${seconds}.${body}`))
  return `t=${seconds},v1=${Buffer.from(signature).toString('hex')}`
}
