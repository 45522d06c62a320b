import { readText } from '../lib/files.ts'

/**
 * What the generator makes: a whole file, or the parts of a page that stand between markers. What people
 * wrote around the parts stays.
 */
export type Output =
  | { readonly path: string; readonly text: string }
  | { readonly path: string; readonly parts: Readonly<Record<string, string>> }

/** Lines around a generated part. */
const markers = (name: string) => ({
  begin: `<!-- generated: ${name} -->`,
  end: `<!-- /generated: ${name} -->`,
})

/** A page that cannot take its parts: it is missing, or its markers are not those of the generator. */
export class PageError extends Error {
  override readonly name = 'PageError'
}

/** The file as it has to be. Throws a PageError when a page has no place for a part. */
export async function expectedText(root: string, output: Output): Promise<string> {
  if ('text' in output) return output.text
  const page = await readText(root, output.path)
  if (page === undefined) throw new PageError('is missing; write the page with the markers of its parts')
  return withParts(page, output.parts)
}

/** A page with its generated parts put in. Throws a PageError when markers and parts do not match. */
export function withParts(page: string, parts: Readonly<Record<string, string>>): string {
  for (const [, name = ''] of page.matchAll(/^<!-- generated: (.+) -->$/gm)) {
    if (!Object.hasOwn(parts, name)) throw new PageError(`nothing generates the part ${name}`)
  }
  return Object.entries(parts).reduce((text, [name, part]) => withPart(text, name, part), page)
}

function withPart(page: string, name: string, part: string): string {
  const { begin, end } = markers(name)
  const [before, inside, ...more] = page.split(`${begin}\n`)
  if (before === undefined || inside === undefined) throw new PageError(`has no line ${begin}`)
  if (more.length > 0) throw new PageError(`has the line ${begin} twice`)
  const at = inside.indexOf(`${end}\n`)
  if (at < 0) throw new PageError(`has no line ${end} after ${begin}`)
  return `${before}${begin}\n\n${part.trim()}\n\n${inside.slice(at)}`
}
