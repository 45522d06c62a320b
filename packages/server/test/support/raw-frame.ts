/** A text frame of a WebSocket client with an empty mask, below 64 KiB: its bytes stay as they are. */
export function clientFrame(text: string): Buffer {
  const body = Buffer.from(text)
  const header =
    body.length < 126
      ? Buffer.from([0x81, 0x80 | body.length, 0, 0, 0, 0])
      : Buffer.from([0x81, 0xfe, body.length >> 8, body.length & 0xff, 0, 0, 0, 0])
  return Buffer.concat([header, body])
}

/** The request that turns a connection to `/v1/attach` into a WebSocket. */
export function upgradeRequest(host: string): string {
  return (
    `GET /v1/attach HTTP/1.1\r\nHost: ${host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n'
  )
}
