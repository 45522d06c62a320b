import type { CommandEntry } from '../../packages/cli/src/registry.ts'
import type { DocCheck } from './doc-check.ts'
import { commandsOf } from './markdown.ts'

export type Command = ReturnType<Awaited<ReturnType<CommandEntry['load']>>['command']>

/** Answered by the program itself, without a file of their own. */
const BUILT_IN = new Set(['version', 'help', '--version', '-V', '--help', '-h'])

/** Every `moltnet …` command line of the documents names a command, a subcommand and flags that exist. */
export const cliCommands: DocCheck = {
  name: 'cli commands',
  async run(_root, pages) {
    // Loaded here, so that a program that does not load is a fault of this check and of no other.
    const { COMMANDS } = await import('../../packages/cli/src/registry.ts')
    const found = await Promise.all(
      pages.flatMap((page) =>
        commandsOf(page).map(async ({ command, line }) => {
          const words = wordsOfMoltnet(command)
          const message = words === undefined ? undefined : await faultOf(words, COMMANDS)
          return message === undefined ? [] : [{ file: page.path, line, message: `${message}: ${command}` }]
        }),
      ),
    )
    return found.flat()
  },
}

/** The words after the program's name, or undefined when the line runs another program. */
function wordsOfMoltnet(command: string): string[] | undefined {
  const [program, ...words] = command.split(/\s+/)
  return program !== undefined && /^(?:.*\/)?moltnet$/.test(program) ? words : undefined
}

async function faultOf(
  words: readonly string[],
  commands: readonly CommandEntry[],
): Promise<string | undefined> {
  const [name, ...rest] = words
  if (name === undefined || BUILT_IN.has(name) || /^[<[…]/.test(name)) return undefined
  const entry = commands.find((candidate) => candidate.name === name || candidate.aliases?.includes(name))
  if (entry === undefined) return 'no such command of moltnet'
  let command: Command = (await entry.load()).command()
  for (const word of rest) {
    const child = command.commands.find((each) => each.name() === word || each.aliases().includes(word))
    if (child !== undefined) command = child
    else if (word.startsWith('--') && !knowsFlag(command, word)) return `no such flag ${word}`
  }
  return undefined
}

function knowsFlag(command: Command, word: string): boolean {
  const flag = word.split('=')[0]
  if (flag === '--help') return true
  for (let each: Command | null = command; each !== null; each = each.parent) {
    if (each.options.some((option) => option.long === flag)) return true
  }
  // The default subcommand is hidden behind its group: `moltnet node --x` is `moltnet node start --x`.
  return command.commands.some((child) => child.options.some((option) => option.long === flag))
}
