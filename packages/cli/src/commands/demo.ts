import { Command } from 'commander'

/** `moltnet demo`: a whole network with three talking agents in a temporary folder. */
export function command(): Command {
  return new Command('demo')
    .description(
      'Start a server and a node with three scripted agents in a temporary folder, say something, and show what happens. No keys and no model needed. Ctrl-C stops it and removes the folder.',
    )
    .option('--exit', 'stop when the scripted conversation is over')
    .option('--port <port>', 'port of the server (default: 8787, or a free one when that is taken)')
    .addHelpText('after', '\nExample:\n  moltnet demo\n  moltnet demo --exit')
    .action(async (options: { exit?: boolean; port?: string }) => {
      const { runDemo } = await import('../demo/run.ts')
      process.exitCode = await runDemo({ exit: options.exit === true, port: options.port })
    })
}
