import { parseServerConfig } from '@moltnet/config/server'
import { createServer } from '@moltnet/server'
import { join } from 'node:path'
import { type ConsoleAsset, describeAsset, PAGE_PATH } from '../../src/serving/asset.ts'

/** Where the server gives out the files of a console. */
const BASE = '/console'

const PAGE = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>Message components</title>
    <link rel="icon" href="data:,">
    <link rel="stylesheet" href="${BASE}/page.css">
    <script type="module" src="${BASE}/page.js"></script>
  </head>
  <body><div id="root"></div></body>
</html>`

/** The harness page in the place of the console's, given out by a real server under its policy. */
export interface HarnessServer extends AsyncDisposable {
  /** Where everything that the page asks for must stand. */
  origin: string
  /** Address of the page. */
  page: string
}

/** Bundles the harness page as the console is bundled, and serves it on a free port. */
export async function serveHarness(): Promise<HarnessServer> {
  const built = await Bun.build({
    entrypoints: [join(import.meta.dirname, 'page.tsx')],
    target: 'browser',
    conditions: ['bun'],
    minify: true,
    splitting: true,
    publicPath: `${BASE}/`,
    naming: { entry: '[name].[ext]', chunk: '[name]-[hash].[ext]', asset: '[name]-[hash].[ext]' },
    define: { 'process.env.NODE_ENV': '"production"' },
  })
  const files = await Promise.all(
    built.outputs.map(
      async (output): Promise<ConsoleAsset> => ({
        ...describeAsset(output.path.replace(/^\.?\/*/, '/')),
        body: new Uint8Array(await output.arrayBuffer()),
      }),
    ),
  )
  const { config } = await parseServerConfig(
    JSON.stringify({ server: { listen_addr: '127.0.0.1:0' }, storage: { kind: 'memory' } }),
  )
  const server = await createServer(config, {
    consoleAssets: [{ ...describeAsset(PAGE_PATH), body: PAGE }, ...files],
  })
  return {
    origin: server.url,
    page: `${server.url}${BASE}/`,
    [Symbol.asyncDispose]: () => server.stop(),
  }
}
