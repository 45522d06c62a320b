import { join } from 'node:path'

/** What the server says of the console's pages, and where a browser reports what it refused. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join('; ')

const PAGE = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>Message components</title>
    <link rel="icon" href="data:,">
    <link rel="stylesheet" href="/page.css">
    <script type="module" src="/page.js"></script>
  </head>
  <body><div id="root"></div></body>
</html>`

/** The harness page behind a server of its own, under the policy of the console. */
export interface HarnessServer extends AsyncDisposable {
  origin: string
}

/** Bundles the harness page as the console is bundled, and serves it on a free port. */
export async function serveHarness(): Promise<HarnessServer> {
  const built = await Bun.build({
    entrypoints: [join(import.meta.dirname, 'page.tsx')],
    target: 'browser',
    conditions: ['bun'],
    minify: true,
    splitting: true,
    publicPath: '/',
    naming: { entry: '[name].[ext]', chunk: '[name]-[hash].[ext]', asset: '[name]-[hash].[ext]' },
    define: { 'process.env.NODE_ENV': '"production"' },
  })
  const files = new Map(built.outputs.map((output) => [output.path.replace(/^\.?\/*/, '/'), output]))
  const server = Bun.serve({
    port: 0,
    hostname: '127.0.0.1',
    fetch(request) {
      const { pathname } = new URL(request.url)
      const file = files.get(pathname)
      if (file !== undefined) return new Response(file, { headers: { 'Content-Type': file.type } })
      if (pathname !== '/') return new Response('no such file', { status: 404 })
      return new Response(PAGE, {
        headers: { 'Content-Type': 'text/html; charset=utf-8', 'Content-Security-Policy': POLICY },
      })
    },
  })
  return { origin: server.url.origin, [Symbol.asyncDispose]: () => server.stop(true) }
}
