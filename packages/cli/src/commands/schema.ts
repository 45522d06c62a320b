import { Argument, Command } from 'commander'
import { print } from '../shell/io.ts'

const KINDS = ['server', 'node', 'bridge', 'client'] as const

/** `moltnet schema <kind>`: the JSON Schema of a config file. */
export function command(): Command {
  return new Command('schema')
    .description('Print the JSON Schema (draft-07) of a kind of config file.')
    .addArgument(new Argument('<kind>', 'kind of file').choices(KINDS))
    .addHelpText('after', '\nExample:\n  moltnet schema node > moltnet-node.schema.json')
    .action(async (kind: (typeof KINDS)[number]) => {
      const { configSchemaText } = await import('@moltnet/config')
      print(configSchemaText(kind))
    })
}
