/** The environment as it is handed in; nothing here reads the process's own. */
export type Environment = Readonly<Record<string, string | undefined>>

/** A variable's value, or undefined when it is not set or blank: container files often set blanks. */
export function variable(env: Environment, name: string): string | undefined {
  const value = env[name]
  return value === undefined || value.trim() === '' ? undefined : value
}

const TRUE = new Set(['1', 'true', 'yes', 'on'])
const FALSE = new Set(['0', 'false', 'no', 'off'])

/** Reads a boolean variable; undefined when it is none of the accepted words. */
export function parseSwitch(text: string): boolean | undefined {
  const word = text.trim().toLowerCase()
  if (TRUE.has(word)) return true
  return FALSE.has(word) ? false : undefined
}
