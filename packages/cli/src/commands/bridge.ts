import { Command } from 'commander'
import { UsageError } from '../shell/failures.ts'
import { runUntilStopped } from '../shell/run-node.ts'

/** `moltnet bridge [run] <path>`: one attachment, for debugging and for v1 set-ups. */
export function command(): Command {
  return new Command('bridge')
    .description('Run one attachment from a bridge config (JSON).')
    .argument('[words...]', 'run (may be left out), then the path of the bridge config')
    .usage('[run] <path> [options]')
    .addHelpText('after', '\nExample:\n  moltnet bridge run ./bridge.json')
    .action(async (words: string[]) => {
      const [path, extra] = words[0] === 'run' ? words.slice(1) : words
      if (path === undefined || extra !== undefined) {
        throw new UsageError('moltnet bridge takes exactly one config path: moltnet bridge run <path>')
      }
      process.exitCode = await runUntilStopped(async () => {
        const { loadBridgeConfig } = await import('@moltnet/config/node')
        return loadBridgeConfig(path, { cwd: process.cwd(), env: process.env })
      })
    })
}
