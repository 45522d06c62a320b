import type { NodeConfig } from '@moltnet/config/node'
import { dirname, join } from 'node:path'
import { EXIT } from './failures.ts'
import { configureLogging } from './logging.ts'
import { programCommand } from './self.ts'
import { untilStopped } from './signals.ts'

/** Loads a node or bridge config, runs it until SIGINT or SIGTERM and gives the exit code. */
export async function runUntilStopped(
  load: () => Promise<{ config: NodeConfig; path: string; warnings: string[] }>,
): Promise<number> {
  await configureLogging(process.env)
  const { getLogger } = await import('@logtape/logtape')
  const logger = getLogger(['moltnet', 'cli'])
  const { config, path, warnings } = await load()
  for (const warning of warnings) logger.warn('{warning}', { warning })
  const stopped = untilStopped()
  const { runNode } = await import('@moltnet/node')
  const starting = new AbortController()
  void stopped.then(() => starting.abort())
  const node = await runNode(config, {
    moltnetCommand: programCommand(),
    stateDir: join(dirname(path), '.moltnet', 'node'),
    signal: starting.signal,
  })
  // wait() rejects when a server that was away at the start turns out to be the wrong one.
  const signal = await Promise.race([stopped, node.wait()])
  logger.info('stopping on {signal}', { signal })
  await node.stop()
  return EXIT.ok
}
