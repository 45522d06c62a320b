import { Command } from 'commander'
import { configureLogging } from '../shell/logging.ts'
import { CommandError, EXIT } from '../shell/failures.ts'
import { untilStopped } from '../shell/signals.ts'
import { VERSION } from '../version.ts'

/** `moltnet start`: the server in the foreground until SIGINT or SIGTERM. */
export function command(): Command {
  return new Command('start')
    .description('Run the server in the foreground. SIGINT or SIGTERM stops it gracefully within 2 s.')
    .argument(
      '[path]',
      'server config (default: MOLTNET_CONFIG, then ./Moltnet, ./moltnet.yaml, .yml, .json)',
    )
    .option('--config <path>', 'the same as the argument')
    .addHelpText(
      'after',
      '\nExample:\n  moltnet start\n  MOLTNET_LISTEN_ADDR=127.0.0.1:9000 moltnet start ./Moltnet',
    )
    .action(async (path: string | undefined, options: { config?: string }) => {
      process.exitCode = await runServer(path ?? options.config)
    })
}

async function runServer(path: string | undefined): Promise<number> {
  await configureLogging(process.env)
  const [{ loadServerConfig }, { getLogger }] = await Promise.all([
    import('@moltnet/config/server'),
    import('@logtape/logtape'),
  ])
  const logger = getLogger(['moltnet', 'cli'])
  const loaded = await loadServerConfig({
    ...(path === undefined ? {} : { path }),
    cwd: process.cwd(),
    env: process.env,
  })
  for (const warning of loaded.warnings) logger.warn('{warning}', { warning })
  const stopped = untilStopped()
  const [{ createServer }, consoleAssets] = await Promise.all([
    import('@moltnet/server'),
    import('@moltnet/console').then(({ loadConsoleAssets }) => loadConsoleAssets()),
  ])
  const server = await createServer(loaded.config, { version: VERSION, consoleAssets })
  logger.info('Moltnet {version}: network {network} is listening on {listen}; console: {console}', {
    version: VERSION,
    network: server.networkId,
    listen: `${loaded.config.server.listen.host ?? ''}:${server.port}`,
    console: `${server.url}/console/`,
    ...(loaded.path === undefined ? {} : { config: loaded.path }),
  })
  const outcome = await Promise.race([stopped, server.failed])
  if (outcome instanceof Error) {
    await server.stop()
    throw new CommandError(`the server stopped: ${outcome.message}`, { cause: outcome })
  }
  logger.info('stopping on {signal}', { signal: outcome })
  await server.stop()
  return EXIT.ok
}
