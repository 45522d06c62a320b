import type { ServerConfig } from '@moltnet/config'
import { getLogger } from '@logtape/logtape'
import { MoltnetError, pairingAliases } from '@moltnet/protocol'
import type { Server } from 'bun'
import type { Delivery } from './attach/delivery-port.ts'
import type { Retention } from './eventlog/retention.ts'
import { complete } from './http/answer.ts'
import type { ConsoleAsset, HttpDeps } from './http/deps.ts'
import { nextRequestId } from './http/exchange.ts'
import { createHttpHandler } from './http/handler.ts'
import { problem } from './http/problem.ts'
import { listen, localUrl } from './listen.ts'
import type { Store } from './store/port.ts'
import { startFault } from './store/sqlite/errors.ts'
import { openMemoryStore, openSqliteStore, type StoreOptions } from './store/sqlite/store.ts'
import { SERVER_VERSION } from './version.ts'
import { wireServer } from './wiring.ts'

const logger = getLogger(['moltnet', 'server'])

/** What is still open when a stopping server has waited this long is cut, in milliseconds. */
const STOP_GRACE_MS = 1_500

/** How often a stopping server looks whether its last answers are out, in milliseconds. */
const STOP_POLL_MS = 5

/** What the program that starts a server may hand in. */
export interface ServerOverrides {
  /** Shown by `/v1/network`. */
  readonly version?: string
  /** The built console. */
  readonly consoleAssets?: readonly ConsoleAsset[]
  /** The wall clock in nanoseconds since 1970; tests move it. */
  readonly clock?: () => bigint
}

/** A running server. */
export interface MoltnetServer {
  /** Base URL for a person on this machine. */
  readonly url: string
  /** The port that is really listened on. */
  readonly port: number
  readonly networkId: string
  /** Resolves when nothing can be written durably any more: the process has to end. */
  readonly failed: Promise<Error>
  /** Answers what is in flight, closes sockets with 1012 and releases everything, within 2 s. */
  stop(): Promise<void>
}

/**
 * Opens the store, wires everything and listens. Throws `StoreOpenError` or `ListenError`, each with a
 * message for the operator, and leaves nothing open then.
 */
export async function createServer(
  config: ServerConfig,
  overrides: ServerOverrides = {},
): Promise<MoltnetServer> {
  const store = openStore(config, overrides)
  try {
    return await start(store, config, overrides)
  } catch (error) {
    await store.close()
    throw config.storage.kind === 'sqlite' ? startFault(error, config.storage.path) : error
  }
}

async function start(store: Store, config: ServerConfig, overrides: ServerOverrides): Promise<MoltnetServer> {
  const { version = SERVER_VERSION, consoleAssets = [], clock } = overrides
  const now = clock === undefined ? Date.now : () => Number(clock() / 1_000_000n)
  let servers: readonly Server<unknown>[] = []
  const port = () => servers[0]?.port ?? config.server.listen.port
  const wiring = await wireServer({ store, config, version, now })
  const { context, services, delivery, retention, metrics } = wiring
  const { attach, streams } = delivery
  const deps: HttpDeps = {
    config,
    version,
    context,
    services,
    attach,
    streams,
    metrics,
    agentOfCredential: async (key) => (await store.read.agentOfCredential(key))?.agentId,
    consoleAssets,
    port,
  }
  const gate = createStopGate(createHttpHandler(deps))
  await delivery.start()
  servers = await openListeners(config, gate, delivery)
  retention.start()
  reportStart(config)
  const running = { store, delivery, retention, gate, servers }
  return {
    url: localUrl(config.server.listen, port()),
    port: port(),
    networkId: store.networkId,
    failed: store.failed,
    stop: once(() => stop(running)),
  }
}

async function openListeners(
  config: ServerConfig,
  gate: StopGate,
  delivery: Delivery,
): Promise<readonly Server<unknown>[]> {
  try {
    return listen(config.server.listen, { fetch: gate.fetch, websocket: delivery.websocket })
  } catch (error) {
    // Its timers would keep the process alive and work on a closed store.
    await delivery.stop()
    throw error
  }
}

function openStore({ storage, network, pairings }: ServerConfig, { clock }: ServerOverrides): Store {
  const aliases = pairingAliases(
    pairings.flatMap(({ id, remoteNetworkId, remoteNetworkName }) =>
      remoteNetworkId === undefined
        ? []
        : [{ id, remote_network_id: remoteNetworkId, remote_network_name: remoteNetworkName }],
    ),
  )
  const options: StoreOptions = { networkId: network.id, networkName: network.name, aliases, clock }
  switch (storage.kind) {
    case 'sqlite':
      return openSqliteStore(storage.path, options)
    case 'memory':
      return openMemoryStore(options)
    case 'json':
    case 'postgres':
      throw new Error(`storage.kind ${storage.kind} is not available yet`)
  }
}

/** The handler of requests, and how to turn new ones away. */
interface StopGate {
  readonly fetch: ReturnType<typeof createHttpHandler>
  close(): void
}

function createStopGate(handler: ReturnType<typeof createHttpHandler>): StopGate {
  let closed = false
  return {
    fetch: (request, server) => (closed ? Promise.resolve(stoppingAnswer()) : handler(request, server)),
    close() {
      closed = true
    },
  }
}

/** A connection that is kept alive can bring a request after the listener is closed. */
function stoppingAnswer(): Response {
  const stopping = new MoltnetError('service_unavailable', 'the server is stopping', { retryAfterSeconds: 1 })
  const requestId = nextRequestId()
  const response = complete(problem(stopping, requestId), requestId)
  response.headers.set('Connection', 'close')
  return response
}

interface Running {
  readonly store: Store
  readonly delivery: Delivery
  readonly retention: Retention
  readonly gate: StopGate
  readonly servers: readonly Server<unknown>[]
}

/** Closed in the reverse order of the wiring; what is left after the grace is cut. */
async function stop({ store, delivery, retention, gate, servers }: Running): Promise<void> {
  const deadline = performance.now() + STOP_GRACE_MS
  gate.close()
  // Only closes the listeners: connections go on until they are answered.
  for (const server of servers) void server.stop(false)
  await delivery.stop()
  while (servers.some((server) => server.pendingRequests > 0) && performance.now() < deadline) {
    await Bun.sleep(STOP_POLL_MS)
  }
  await retention.stop()
  await Promise.all(servers.map((server) => server.stop(true)))
  await store.close()
}

function reportStart({ server, auth }: ServerConfig): void {
  const { host, exposure, port } = server.listen
  if (auth.mode !== 'none') return
  if (host === null && exposure === 'loopback') {
    logger.info(
      'without auth only this machine can connect; to open it set auth.mode, or server.listen_addr with server.allow_insecure',
    )
  } else if (exposure === 'network') {
    logger.warn('everybody who can reach port {port} may do everything: auth.mode is none', { port })
  }
}

function once(run: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | undefined
  return () => {
    running ??= run()
    return running
  }
}
