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

/** Whether one of the two paths leads through the other. */
export function pathsOverlap(left: Path, right: Path): boolean {
  const length = Math.min(left.length, right.length)
  for (let i = 0; i < length; i++) if (left[i] !== right[i]) return false
  return true
}

/** Whether `path` is `prefix` or below it. */
export function isBelow(path: Path, prefix: Path): boolean {
  return path.length >= prefix.length && pathsOverlap(path, prefix)
}
