import { resolve } from 'node:path'
import { Command } from 'commander'
import { CommandError, UsageError } from '../shell/failures.ts'
import { print, printJson } from '../shell/io.ts'
import { nodeStateDir, runUntilStopped } from '../shell/run-node.ts'

const CONFIG_HELP =
  'node config (default: MOLTNET_NODE_CONFIG, then ./MoltnetNode, ./moltnet-node.yaml, .yml, .json)'

/** `moltnet node [start] [path]`: the attachment supervisor; `status` and `reload` ask one that runs. */
export function command(): Command {
  return new Command('node')
    .description(
      'Run the node: it attaches the agents of MoltnetNode to their network and wakes them. SIGHUP reloads the file.',
    )
    .argument('[words...]', 'start (may be left out), then the path of the node config')
    .option('--config <path>', CONFIG_HELP)
    .usage('[start] [path] [options]')
    .addHelpText('after', '\nExample:\n  moltnet node start\n  moltnet node ./MoltnetNode')
    .action((words: string[], options: { config?: string }) => start(words, options))
    .addCommand(statusCommand())
    .addCommand(reloadCommand())
}

async function start(words: string[], options: { config?: string }): Promise<void> {
  const paths = words[0] === 'start' ? words.slice(1) : words
  if (paths.length > 1) throw new UsageError('moltnet node takes one config path; see moltnet node --help')
  const path = paths[0] ?? options.config
  process.exitCode = await runUntilStopped(async () => {
    const { loadNodeConfig } = await import('@moltnet/config/node')
    return loadNodeConfig(searchOf(path))
  })
}

function statusCommand(): Command {
  return new Command('status')
    .description(
      'Show what a running node does: the state of every attachment, its runtime, its server and its last wake. Exit 1 when no node runs.',
    )
    .argument('[path]', `${CONFIG_HELP}, or the config of a bridge`)
    .option('--json', 'print the report as JSON')
    .addHelpText('after', '\nExample:\n  moltnet node status\n  moltnet node status ./MoltnetNode --json')
    .action(async (path: string | undefined, flags: { json?: true }) => {
      const [{ askNode }, { statusText }] = await Promise.all([
        import('@moltnet/node'),
        import('../shell/node-text.ts'),
      ])
      const { report } = await askNode(await placeOf(path), 'status')
      if (flags.json) printJson(report)
      else print(statusText(report, Date.now()))
    })
}

function reloadCommand(): Command {
  return new Command('reload')
    .description(
      'Have a running node read its config again. Attachments that did not change keep their connection and their turns. Exit 1 when the file has faults; nothing is changed then.',
    )
    .argument('[path]', `${CONFIG_HELP}, or the config of a bridge`)
    .option('--json', 'print the result as JSON')
    .addHelpText('after', '\nExample:\n  moltnet node reload\n  moltnet node reload ./MoltnetNode')
    .action(async (path: string | undefined, flags: { json?: true }) => {
      const { askNode } = await import('@moltnet/node')
      const { result } = await askNode(await placeOf(path), 'reload')
      if (flags.json) printJson(result)
      if (result.type === 'refused') {
        throw new CommandError(`the node goes on with the old config:\n${result.faults.join('\n')}`)
      }
      if (flags.json) return
      for (const word of ['started', 'restarted', 'stopped', 'kept'] as const) {
        if (result[word].length > 0) print(`${word} ${result[word].join(', ')}`)
      }
    })
}

/** The node that runs with a config file. The file itself may be wrong by now, so it is not read. */
async function placeOf(path: string | undefined): Promise<{ stateDir: string; configPath: string }> {
  const { findNodeFile } = await import('@moltnet/config/node')
  const found = await findNodeFile(searchOf(path))
  if (found === undefined) {
    throw new CommandError(
      'there is no MoltnetNode here; name the config of the node: moltnet node status <path>',
    )
  }
  const configPath = resolve(found.path)
  return { stateDir: nodeStateDir(configPath), configPath }
}

function searchOf(path: string | undefined) {
  return { ...(path === undefined ? {} : { path }), cwd: process.cwd(), env: process.env }
}
