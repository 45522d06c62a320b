/** Where a value stands in a document: keys and list indexes from the root. */
export type Path = readonly (string | number)[]

/** A key or value shown in messages is cut at this many characters. */
const SHOWN_CHARACTERS = 60

/** Text from a file made safe for one line of a message: quoted, cut, without control characters. */
export function quote(text: string): string {
  const cut = text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS)}…` : text
  return JSON.stringify(cut.toWellFormed().replace(/\p{Cc}|\p{Cf}/gu, ' '))
}

/** `auth.tokens[0].scopes`; keys that are no plain words are quoted in brackets. */
export function formatPath(path: Path): string {
  let text = ''
  for (const step of path) {
    if (typeof step === 'number') text += `[${step}]`
    else if (/^[A-Za-z_][A-Za-z0-9_-]{0,63}$/.test(step)) text += text === '' ? step : `.${step}`
    else text += `[${quote(step)}]`
  }
  return text
}

/** The value at a path, or undefined when a step of it is missing. */
export function valueAt(root: unknown, path: Path): unknown {
  let value = root
  for (const step of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return undefined
    value = (value as Record<string | number, unknown>)[step]
  }
  return value
}

/** Whether `path` is `prefix` or below it. */
export function isBelow(path: Path, prefix: Path): boolean {
  return path.length >= prefix.length && prefix.every((step, index) => step === path[index])
}

/** A set of paths that can be asked about what lies above and below them. */
export class PathSet {
  private readonly members = new Set<string>()
  private readonly above = new Set<string>()

  add(path: Path): void {
    this.members.add(JSON.stringify(path))
    for (let length = 0; length <= path.length; length++)
      this.above.add(JSON.stringify(path.slice(0, length)))
  }

  /** Whether a member is the path, above it or below it. */
  overlaps(path: Path): boolean {
    if (this.above.has(JSON.stringify(path))) return true
    return path.some((_, length) => this.members.has(JSON.stringify(path.slice(0, length))))
  }
}
