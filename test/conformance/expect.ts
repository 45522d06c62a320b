/** A promise that the server broke. */
export class Broken extends Error {
  override readonly name = 'Broken'
}

/** An attack that succeeded. */
export class Breach extends Error {
  override readonly name = 'Breach'
}

/** Throws {@link Breach} unless `condition` holds. */
export function withstands(condition: boolean, what: string): void {
  if (!condition) throw new Breach(what)
}

/** Throws unless both are equal as JSON, whatever the order of keys. */
export function equal(actual: unknown, expected: unknown, what: string): void {
  const [left, right] = [canonical(actual), canonical(expected)]
  if (left !== right) throw new Broken(`${what}: expected ${right}, got ${left}`)
}

/** Throws unless `condition` holds. */
export function holds(condition: boolean, what: string): void {
  if (!condition) throw new Broken(what)
}

/** Throws unless `text` has the form. */
export function matches(text: unknown, form: RegExp, what: string): void {
  if (typeof text !== 'string' || !form.test(text))
    throw new Broken(`${what}: ${JSON.stringify(text)} does not match ${form}`)
}

function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    inner !== null && typeof inner === 'object' && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  )
}
