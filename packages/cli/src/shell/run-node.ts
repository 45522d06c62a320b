import type { NodeConfig } from '@moltnet/config/node'
import { dirname, join } from 'node:path'
import { EXIT } from './failures.ts'
import { configureLogging } from './logging.ts'
import { programCommand } from './self.ts'
import { untilStopped } from './signals.ts'
import { VERSION } from '../version.ts'

/** Where the node of a config file keeps its private files. */
export function nodeStateDir(configPath: string): string {
  return join(dirname(configPath), '.moltnet', 'node')
}

/**
 * Loads a node or bridge config, runs it until SIGINT or SIGTERM and gives the exit code. SIGHUP loads the
 * file again.
 */
export async function runUntilStopped(
  load: () => Promise<{ config: NodeConfig; path: string; warnings: string[] }>,
): Promise<number> {
  await configureLogging(process.env)
  const { getLogger } = await import('@logtape/logtape')
  const logger = getLogger(['moltnet', 'cli'])
  const loadLoudly = async () => {
    const loaded = await load()
    for (const warning of loaded.warnings) logger.warn('{warning}', { warning })
    return loaded
  }
  const { config, path } = await loadLoudly()
  const stopped = untilStopped()
  const { runNode } = await import('@moltnet/node')
  const starting = new AbortController()
  void stopped.then(() => starting.abort())
  // By default it would end a node that is still starting.
  let reload = () => {}
  process.on('SIGHUP', () => reload())
  const node = await runNode(config, {
    moltnetCommand: programCommand(),
    stateDir: nodeStateDir(path),
    source: { path, load: async () => (await loadLoudly()).config },
    version: VERSION,
    signal: starting.signal,
  })
  reload = () => void node.reload()
  // wait() rejects when a server that was away at the start turns out to be the wrong one.
  const signal = await Promise.race([stopped, node.wait()])
  logger.info('stopping on {signal}', { signal })
  await node.stop()
  return EXIT.ok
}
