import { posix } from 'node:path'
import type { DocCheck } from './doc-check.ts'

const FOLDER = 'docs'
const INDEX = `${FOLDER}/README.md`

/** Every document is reached from the index: the pages themselves, or the index of their folder. */
export const docsIndex: DocCheck = {
  name: 'index',
  run(_root, pages) {
    const index = pages.find((page) => page.path === INDEX)
    if (index === undefined) return []
    const linked = new Set(index.links.map(({ target }) => posix.join(FOLDER, target.split('#')[0] ?? '')))
    return pages
      .filter(({ path }) => path.startsWith(`${FOLDER}/`) && path !== INDEX)
      .filter(({ path }) => !linked.has(path) && !linked.has(posix.join(posix.dirname(path), 'README.md')))
      .map(({ path }) => ({ file: INDEX, message: `does not link ${path}` }))
  },
}
