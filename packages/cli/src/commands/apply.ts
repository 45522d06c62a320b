import { Command } from 'commander'
import { printJson } from '../shell/io.ts'
import { openOperator, type OperatorFlags, withOperatorFlags } from '../shell/operator.ts'

/** `moltnet apply [path]`: reconciles a running server with the declared config. */
export function command(): Command {
  return withOperatorFlags(new Command('apply'))
    .description(
      'Make the rooms and agents of a running server what the server config declares. Nothing undeclared is removed, no message is touched.',
    )
    .argument('[path]', 'server config (default: the one that moltnet start would read)')
    .addHelpText(
      'after',
      '\nExample:\n  moltnet apply ./Moltnet --base-url http://127.0.0.1:8787 --token-env MOLTNET_ADMIN_TOKEN',
    )
    .action(async (path: string | undefined, flags: OperatorFlags) => {
      const { declaredState, loadServerConfig } = await import('@moltnet/config/server')
      const place = { cwd: process.cwd(), env: process.env, features: 'all' as const }
      const { config } = await loadServerConfig({ ...place, ...(path === undefined ? {} : { path }) })
      printJson(await (await openOperator(flags)).apply(declaredState(config)))
    })
}
