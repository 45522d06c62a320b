/** An object constant of a source file, with the doc comments of it and of its keys. */
export interface DocumentedConstant {
  readonly name: string
  readonly comment: string
  readonly keys: ReadonlyMap<string, string>
}

const CONSTANT = /\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\nexport const (\w+) = \{\n([\s\S]*?)\n\} as const\b/g
const KEY = /\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\s*(\w+):|^ {2}(\w+):/gm

/**
 * The `export const NAME = {…} as const` of a source, one key a line, in their order. A key without a
 * comment of its own has an empty one.
 */
export function documentedConstants(source: string): DocumentedConstant[] {
  return [...source.matchAll(CONSTANT)].map(([, comment = '', name = '', body = '']) => ({
    name,
    comment: textOf(comment),
    keys: new Map(
      [...body.matchAll(KEY)].map(([, text = '', documented, bare]) => [
        documented ?? bare ?? '',
        textOf(text),
      ]),
    ),
  }))
}

function textOf(comment: string): string {
  return comment
    .replace(/^\s*\* ?/gm, ' ')
    .replace(/\{@link (\w+)\}/g, '`$1`')
    .replace(/\s+/g, ' ')
    .trim()
}
