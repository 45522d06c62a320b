/** Policy of everything that is not the console: such an answer never loads or runs anything. */
const CLOSED_CSP = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

/** Policy of the console's pages: its own files and its own server, no inline script or style. */
export const CONSOLE_CSP = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join('; ')

/** Headers of every answer, whatever made it. */
const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  'Content-Security-Policy': CLOSED_CSP,
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Cache-Control': 'no-store',
}

/** Made once: copying a `Headers` takes half the time of filling one. */
const JSON_HEADERS = new Headers({ 'Content-Type': 'application/json', ...SECURITY_HEADERS })

/** An answer with a JSON text that is ready to send. */
export function jsonText(status: number, text: string): Response {
  return new Response(text, { status, headers: JSON_HEADERS })
}

/** An answer with a value as JSON. */
export function json(status: number, value: unknown): Response {
  return jsonText(status, JSON.stringify(value))
}

/** An answer with other content than JSON. */
export function content(
  body: string | Uint8Array<ArrayBuffer> | null,
  headers: Record<string, string>,
  status = 200,
): Response {
  return new Response(body, { status, headers: { ...SECURITY_HEADERS, ...headers } })
}

/** Sends the client to another path of this server. */
export function redirect(location: string, headers: Record<string, string> = {}): Response {
  return content(null, { Location: location, ...headers }, 303)
}

/** Adds what every answer has and the route did not set. */
export function complete(response: Response, requestId: string): Response {
  const { headers } = response
  headers.set('X-Request-Id', requestId)
  // Answers made here have all of them already; those of other modules have none.
  if (!headers.has('Content-Security-Policy')) {
    for (const name in SECURITY_HEADERS)
      if (!headers.has(name)) headers.set(name, SECURITY_HEADERS[name] as string)
  }
  return response
}
