import { Command } from 'commander'
import { UsageError } from '../shell/failures.ts'
import { runUntilStopped } from '../shell/run-node.ts'

/** `moltnet node [start] [path]`: the attachment supervisor. */
export function command(): Command {
  return new Command('node')
    .description('Run the node: it attaches the agents of MoltnetNode to their network and wakes them.')
    .argument('[words...]', 'start (may be left out), then the path of the node config')
    .option(
      '--config <path>',
      'node config (default: MOLTNET_NODE_CONFIG, then ./MoltnetNode, ./moltnet-node.yaml, .yml, .json)',
    )
    .usage('[start] [path] [options]')
    .addHelpText('after', '\nExample:\n  moltnet node start\n  moltnet node ./MoltnetNode')
    .action(async (words: string[], options: { config?: string }) => {
      const paths = words[0] === 'start' ? words.slice(1) : words
      if (paths.length > 1)
        throw new UsageError('moltnet node takes one config path; see moltnet node --help')
      const path = paths[0] ?? options.config
      process.exitCode = await runUntilStopped(async () => {
        const { loadNodeConfig } = await import('@moltnet/config/node')
        return loadNodeConfig({
          ...(path === undefined ? {} : { path }),
          cwd: process.cwd(),
          env: process.env,
        })
      })
    })
}
