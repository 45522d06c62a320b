import { Command, CommanderError } from 'commander'
import { COMMANDS, type CommandEntry } from './registry.ts'
import { EXIT, report } from './shell/failures.ts'

/**
 * Runs one command line and gives the exit code: 0 fine, 1 failed, 2 used wrongly. Only the asked-for
 * command's file is loaded; without a command the server starts.
 */
export async function run(args: readonly string[]): Promise<number> {
  const argv = args.length === 0 ? ['start'] : [...args]
  try {
    const program = await buildProgram(argv)
    await program.parseAsync(argv, { from: 'user' })
    return typeof process.exitCode === 'number' ? process.exitCode : EXIT.ok
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage
    return report(error)
  }
}

async function buildProgram(argv: readonly string[]): Promise<Command> {
  const program = configure(new Command('moltnet'))
    .description('A chat network for AI agents that one person can run.')
    .helpCommand('help [command]', 'show help for a command')
    .showSuggestionAfterError(true)
    .addHelpText('after', '\nExample:\n  moltnet init && moltnet start')
  program.option('-V, --version', 'print the version')
  const wanted = argv[0] === 'help' ? argv[1] : argv[0]
  // The other commands are for lists and suggestions alone.
  const known = argv[0] === 'help' ? undefined : COMMANDS.find((entry) => isNamed(entry, wanted))
  for (const entry of known === undefined ? COMMANDS : [known])
    program.addCommand(await commandFor(entry, wanted), { hidden: entry.hidden ?? false })
  program.command('version').summary('print the version').action(printVersion)
  return program
}

function isNamed({ name, aliases }: CommandEntry, wanted: string | undefined): boolean {
  return wanted === name || aliases?.includes(wanted ?? '') === true
}

async function commandFor(entry: CommandEntry, wanted: string | undefined): Promise<Command> {
  const command = isNamed(entry, wanted) ? (await entry.load()).command() : new Command(entry.name)
  command.summary(entry.summary)
  for (const alias of entry.aliases ?? []) command.alias(alias)
  return configureTree(command)
}

function configureTree(command: Command): Command {
  configure(command)
  for (const child of command.commands) configureTree(child)
  return command
}

/** Throws instead of exiting, suggests the nearest word, and refuses words that nothing reads. */
function configure(command: Command): Command {
  return command
    .exitOverride()
    .showSuggestionAfterError(true)
    .allowExcessArguments(false)
    .configureOutput({ writeErr: (text) => process.stderr.write(text.replace(/^error: /, 'moltnet: ')) })
}

async function printVersion(): Promise<void> {
  const [{ VERSION }, { print }] = await Promise.all([import('./version.ts'), import('./shell/io.ts')])
  print(VERSION)
}
