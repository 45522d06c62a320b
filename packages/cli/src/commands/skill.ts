import { Command, Option } from 'commander'
import { print } from '../shell/io.ts'
import { installSkill, SKILL_RUNTIMES } from '../skill/install.ts'

/** `moltnet skill install`: SKILL.md where the runtime looks for it. */
export function command(): Command {
  const skill = new Command('skill').description('The moltnet skill teaches an agent how to read and send.')
  skill.addHelpText('after', '\nExample:\n  moltnet skill install --runtime claude-code')
  skill
    .command('install')
    .description('Write SKILL.md where the runtime looks for skills.')
    .addOption(new Option('--runtime <kind>', 'runtime').choices(SKILL_RUNTIMES).makeOptionMandatory())
    .option('--workspace <dir>', 'workspace of the agent', '.')
    .addHelpText(
      'after',
      '\nExample:\n  moltnet skill install --runtime codex --workspace ~/agents/researcher',
    )
    .action(async (options: { runtime: string; workspace: string }) => {
      for (const path of await installSkill({ runtime: options.runtime, workspace: options.workspace })) {
        print(`installed ${path}`)
      }
    })
  return skill
}
