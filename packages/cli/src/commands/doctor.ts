import { Command } from 'commander'
import { stat } from 'node:fs/promises'
import type { Finding } from '../doctor/finding.ts'
import { CommandError, EXIT } from '../shell/failures.ts'
import { print, printJson } from '../shell/io.ts'

interface DoctorFlags {
  json?: true
  strict?: true
}

/** `moltnet doctor [dir]`: what is wrong here, and what helps. */
export function command(): Command {
  return new Command('doctor')
    .description(
      'Look at everything that the config files of a folder name: files and their permissions, ports, storage, servers and clocks, the node, every runtime. Each finding says what it means and the command or edit that mends it. Nothing is changed, no turn is spent, no secret is shown. Exit 1 when there is an error.',
    )
    .argument(
      '[dir]',
      'folder of Moltnet and MoltnetNode (default: here, or what MOLTNET_CONFIG and MOLTNET_NODE_CONFIG name)',
    )
    .option('--json', 'print the findings as JSON')
    .option('--strict', 'exit 1 for a warning too')
    .addHelpText('after', '\nExample:\n  moltnet doctor\n  moltnet doctor ./my-network --json')
    .action((dir: string | undefined, flags: DoctorFlags) => run(dir, flags))
}

async function run(dir: string | undefined, flags: DoctorFlags): Promise<void> {
  if (dir !== undefined && (await stat(dir).catch(() => undefined))?.isDirectory() !== true) {
    throw new CommandError(`${dir} is no folder`)
  }
  const [{ diagnose }, { countFindings }, { findingsText }] = await Promise.all([
    import('../doctor/run.ts'),
    import('../doctor/finding.ts'),
    import('../doctor/text.ts'),
  ])
  const findings: Finding[] = await diagnose({ dir, env: process.env, now: Date.now() })
  const counts = countFindings(findings)
  const bad = counts.error > 0 || (flags.strict === true && counts.warning > 0)
  if (flags.json) printJson({ ok: !bad, counts, findings })
  else print(findingsText(findings, counts))
  process.exitCode = bad ? EXIT.failed : EXIT.ok
}
