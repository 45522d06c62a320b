/**
 * Checks that `@moltnet/client` runs where it promises to: bundles it for browsers, and runs that bundle in
 * Node 22 or newer against a scripted server. `--node <program>` names a Node other than the one on the PATH;
 * an older one is left out, with a line that says so.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DURABLE, messageCreated, Peer } from '../packages/client/test/support/peer.ts'
import { runCommand } from './lib/command.ts'
import { type Fault, reportAndExit } from './lib/fault.ts'
import { REPOSITORY } from './lib/files.ts'

const ENTRY = 'packages/client/src/index.ts'
/** The first Node whose own WebSocket takes headers. */
const OLDEST_NODE = 22
/** The whole run in Node. */
const SMOKE_MS = 20_000
const TOKEN = 'smoke-token'

/** What a browser has not. */
const PLATFORM_MODULE =
  /^(?:node:|bun(?::|$)|(?:fs|path|os|net|tls|http|https|crypto|stream|events|util)(?:\/|$))/

const SMOKE_PROGRAM = `
import { createHttpClient, openAttachment, openEventStream } from './client.js'
const [baseUrl, token] = process.argv.slice(2)
const seen = { health: (await createHttpClient({ baseUrl, token }).health()).status }
for await (const event of openEventStream({ baseUrl, token, signal: new AbortController().signal })) {
  seen.streamed = event.id
  break
}
const consumer = { durable: true, rooms: [] }
const agent = { id: 'alpha' }
for await (const item of openAttachment({ baseUrl, token: () => token, networkId: 'net', agent, consumer })) {
  if (item.type === 'ready') seen.durable = item.ready.consumer !== undefined
  else if (item.type !== 'event') throw new Error(JSON.stringify(item))
  else {
    seen.attached = item.frame.cursor
    item.ack()
    break
  }
}
console.log(JSON.stringify(seen))
`

async function checkClient(node: string): Promise<Fault[]> {
  const folder = await mkdtemp(join(tmpdir(), 'moltnet-client-'))
  try {
    const faults = await bundle(folder)
    return faults.length > 0 ? faults : await smoke(node, folder)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** Writes `client.js` for browsers; a module that only a server has is a fault. */
async function bundle(folder: string): Promise<Fault[]> {
  const faults: Fault[] = []
  const built = await Bun.build({
    entrypoints: [join(REPOSITORY, ENTRY)],
    target: 'browser',
    conditions: ['bun'],
    minify: true,
    throw: false,
    plugins: [
      {
        name: 'platform modules',
        setup(build) {
          build.onResolve({ filter: PLATFORM_MODULE }, ({ path, importer }) => {
            faults.push({ file: importer, message: `imports ${path}, which no browser has` })
            return undefined
          })
        },
      },
    ],
  })
  for (const { message } of built.logs) faults.push({ file: ENTRY, message })
  const [output] = built.outputs
  if (faults.length > 0 || output === undefined) return faults
  const code = await output.text()
  await Bun.write(join(folder, 'client.js'), code)
  const packed = Bun.gzipSync(code).length
  console.log(`browser bundle  ${kilobytes(code.length)}, ${kilobytes(packed)} with gzip`)
  return []
}

function kilobytes(bytes: number): string {
  return `${(bytes / 1_000).toFixed(1)} kB`
}

/** Runs the bundle in Node. */
async function smoke(node: string, folder: string): Promise<Fault[]> {
  const version = await nodeVersion(node)
  if (version === undefined || Number.parseInt(version.slice(1), 10) < OLDEST_NODE) {
    console.log(`node            left out: ${version ?? `no ${node}`}; it takes ${OLDEST_NODE} or newer`)
    return []
  }
  await Bun.write(join(folder, 'smoke.mjs'), SMOKE_PROGRAM)
  await using peer = new Peer()
  peer.answer = answer
  const server = serve(peer)
  const run = runCommand([node, join(folder, 'smoke.mjs'), peer.url, TOKEN], folder)
  const [{ code, output }, acked] = await Promise.all([run, server])
  const expected = JSON.stringify({ health: 'ok', streamed: 'evt_1', durable: true, attached: 'evt_2' })
  if (code === 0 && output === expected && acked === 'evt_2') {
    console.log(`node            ${version}: HTTP, event stream and attachment work`)
    return []
  }
  return [{ file: ENTRY, message: `node ${version}: exit ${code}, acked ${acked}, said ${output}` }]
}

async function nodeVersion(node: string): Promise<string | undefined> {
  try {
    return (await runCommand([node, '--version'], REPOSITORY)).output
  } catch {
    return undefined
  }
}

function answer(request: Request): Response {
  if (request.headers.get('authorization') !== `Bearer ${TOKEN}`) return new Response(null, { status: 401 })
  if (new URL(request.url).pathname === '/healthz') return Response.json({ status: 'ok' })
  const event = `id: evt_1\ndata: ${JSON.stringify(messageCreated('evt_1'))}\n\n`
  return new Response(event, { headers: { 'content-type': 'text/event-stream' } })
}

/** The server's half of the attachment; returns the cursor that was ACKed. */
async function serve(peer: Peer): Promise<string> {
  try {
    const connection = await peer.accept(SMOKE_MS)
    if (connection.authorization !== `Bearer ${TOKEN}`) return 'nothing: the token did not arrive'
    await connection.handshake(DURABLE)
    connection.event('evt_2')
    return (await connection.expect('ACK')).cursor
  } catch (error) {
    return `nothing: ${error instanceof Error ? error.message : String(error)}`
  }
}

const named = process.argv.indexOf('--node')
reportAndExit('client', await checkClient(named < 0 ? 'node' : (process.argv[named + 1] ?? 'node')))
