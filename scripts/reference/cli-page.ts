import type { Command } from '../docs/cli-commands.ts'
import type { CommandEntry } from '../../packages/cli/src/registry.ts'
import type { EXIT } from '../../packages/cli/src/shell/failures.ts'
import type { Output } from './output.ts'
import { code, codes, NOTHING, table, withoutTags } from './table.ts'

type ExitName = keyof typeof EXIT

const EXIT_WORDS: Readonly<Record<ExitName, string>> = {
  ok: 'Done.',
  failed: 'It did not work. The message on stderr says why.',
  usage: 'The command line is wrong. The message on stderr names the nearest command or flag.',
}

/** A command with the words that lead to it. */
interface Place {
  readonly command: Command
  readonly words: readonly string[]
  readonly aliases: readonly string[]
}

/** `docs/reference/cli.md`, from the definitions that read the command line. */
export async function cliOutput(): Promise<Output> {
  const [{ COMMANDS }, failures] = await Promise.all([
    import('../../packages/cli/src/registry.ts'),
    import('../../packages/cli/src/shell/failures.ts'),
  ])
  const shown = COMMANDS.filter(({ hidden }) => hidden !== true)
  const sections = await Promise.all(shown.map(sectionOf))
  const codesOfExit = Object.entries(failures.EXIT) as [ExitName, number][]
  return {
    path: 'docs/reference/cli.md',
    parts: {
      overview: overview(shown),
      'exit codes': table(
        ['exit code', 'means'],
        codesOfExit.map(([name, number]) => [code(number), EXIT_WORDS[name]]),
      ),
      commands: sections.join('\n\n'),
    },
  }
}

function overview(entries: readonly CommandEntry[]): string {
  const rows = entries.map(({ name, summary }) => [`[${code(`moltnet ${name}`)}](#moltnet-${name})`, summary])
  return table(['command', 'does'], rows)
}

async function sectionOf(entry: CommandEntry): Promise<string> {
  const command = (await entry.load()).command()
  const place = { command, words: ['moltnet', entry.name], aliases: entry.aliases ?? [] }
  return placesBelow(place).map(describe).join('\n\n')
}

/** The command and every command below it; a group stands before its members. */
function placesBelow(place: Place): Place[] {
  const below = place.command.commands.map((command) => ({
    command,
    words: [...place.words, command.name()],
    aliases: command.aliases(),
  }))
  return [place, ...below.flatMap(placesBelow)]
}

function describe(place: Place): string {
  const { command, words, aliases } = place
  const name = words.join(' ')
  // A group may do something by itself, too.
  const isGroup = command.commands.length > 0 && command.options.length === 0
  const example = exampleOf(command)
  if (example === '' && !isGroup) throw new Error(`${name} has no example: add one with addHelpText`)
  return [
    `${'#'.repeat(words.length)} ${code(name)}`,
    withoutTags(command.description()),
    ...(aliases.length === 0 ? [] : [`Also: ${aliases.map((alias) => code(`moltnet ${alias}`)).join(', ')}`]),
    ...(isGroup ? [] : [fenced(`${name} ${command.usage()}`, 'text'), ...tables(command)]),
    ...(example === '' ? [] : [fenced(example, 'sh')]),
  ].join('\n\n')
}

function tables(command: Command): string[] {
  const values = command.registeredArguments.map((argument) => [
    code(argument.variadic ? `${argument.name()}...` : argument.name()),
    argument.required ? 'yes' : NOTHING,
    ...valueCells(argument),
  ])
  const flags = command.options
    .filter(({ hidden }) => !hidden)
    .map((option) => [code(option.flags), option.mandatory ? 'yes' : NOTHING, ...valueCells(option)])
  const rows = [...values, ...flags]
  return rows.length === 0 ? [] : [table(['argument or flag', 'required', 'default', 'meaning'], rows)]
}

interface Valued {
  readonly description: string
  readonly defaultValue?: unknown
  readonly argChoices?: readonly string[]
}

function valueCells({ description, defaultValue, argChoices }: Valued): [fallback: string, meaning: string] {
  const choices = argChoices === undefined ? '' : `: ${codes(argChoices)}`
  return [defaultValue === undefined ? NOTHING : code(defaultValue), `${description}${choices}`]
}

/** What stands below "Example:" in the help of a command. */
function exampleOf(command: Command): string {
  let help = ''
  command.configureOutput({ writeOut: (text) => (help += text) }).outputHelp()
  const [, example = ''] = help.split(/^Examples?:\n/m)
  return example.replace(/^ {2}/gm, '').trim()
}

function fenced(text: string, language: string): string {
  return `\`\`\`${language}\n${text}\n\`\`\``
}
