import { Command, Option } from 'commander'
import { DEMO_ROLES, takeTurn } from '../demo/agents.ts'
import { readStdin } from '../shell/io.ts'

/** `moltnet demo-agent <role>`: one turn of a scripted agent; the wake comes on stdin. */
export function command(): Command {
  return new Command('demo-agent')
    .description('Take one turn as a scripted agent of the demo. The node runs it; the wake comes on stdin.')
    .addOption(
      new Option('--role <role>', 'which agent').choices(Object.keys(DEMO_ROLES)).makeOptionMandatory(),
    )
    .addHelpText('after', '\nExample:\n  moltnet demo')
    .action(async (options: { role: string }) => {
      await takeTurn(options.role, await readStdin())
    })
}
