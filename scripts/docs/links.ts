import { existsSync } from 'node:fs'
import { join, posix } from 'node:path'
import type { Fault } from '../lib/fault.ts'
import type { DocCheck } from './doc-check.ts'
import type { Page } from './markdown.ts'

/** Relative links lead to a file of the repository, and their fragment to a heading of it. */
export const links: DocCheck = {
  name: 'links',
  run(root, pages) {
    const byPath = new Map(pages.map((page) => [page.path, page]))
    return pages.flatMap((page) =>
      page.links.flatMap(({ target, line }): Fault[] => {
        const link = resolveLink(page, target)
        if (link === undefined) return []
        const message = faultOf(link, existsSync(join(root, link.file)), byPath.get(link.file))
        return message === undefined ? [] : [{ file: page.path, line, message }]
      }),
    )
  },
}

interface Link {
  target: string
  file: string
  fragment: string | undefined
}

/** The file that a link means, relative to the repository; undefined for a link to another site. */
function resolveLink(page: Page, target: string): Link | undefined {
  if (/^[a-z][a-z0-9+.-]*:/i.test(target)) return undefined
  const [path = '', fragment] = target.split('#')
  const file = path === '' ? page.path : posix.join(posix.dirname(page.path), decodeURIComponent(path))
  return { target, file: path.startsWith('/') ? `..${path}` : file, fragment }
}

function faultOf(link: Link, exists: boolean, page: Page | undefined): string | undefined {
  if (link.file.startsWith('..')) return `link leaves the repository: ${link.target}`
  if (!exists) return `link to nothing: ${link.target}`
  if (link.fragment && page !== undefined && !page.anchors.has(link.fragment)) {
    return `${link.file} has no heading for #${link.fragment}`
  }
  return undefined
}
