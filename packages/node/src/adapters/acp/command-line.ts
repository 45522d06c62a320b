/** Characters that make a shell do more than start one program, outside quotes and in double quotes. */
const SPECIAL = { plain: /[;&|<>$`()\r\n]/, double: /[$`]/ } as const

/**
 * The program that a shell command line starts, when it starts that one alone: no second command, pipe,
 * redirection, substitution or variable. Undefined for everything else, also for what is only unclear.
 */
export function lonelyCommand(commandLine: string, platform: string = process.platform): string | undefined {
  const program = /^\s*([A-Za-z0-9_./-]+)(?=\s|$)/.exec(commandLine)?.[1]
  if (program === undefined) return undefined
  const text = commandLine.trim()
  // The shells of Windows have other quotes.
  if (platform === 'win32') return /[;&|<>$`()^%\r\n]/.test(text) ? undefined : program
  return isPlain(text) ? program : undefined
}

function isPlain(text: string): boolean {
  let quote: "'" | '"' | undefined
  for (let at = 0; at < text.length; at++) {
    const character = text[at] as string
    if (quote === "'") {
      if (character === "'") quote = undefined
    } else if (character === '\\') {
      at += 1
    } else if (quote === '"') {
      if (character === '"') quote = undefined
      else if (SPECIAL.double.test(character)) return false
    } else if (character === "'" || character === '"') {
      quote = character
    } else if (SPECIAL.plain.test(character)) {
      return false
    }
  }
  return quote === undefined
}
