import { posix } from 'node:path'
import type { Fault } from '../lib/fault.ts'
import type { DocCheck } from './doc-check.ts'

const FOLDER = 'docs/adr'
const INDEX = `${FOLDER}/README.md`

/** Decision records are numbered without a gap, say their status, and stand in the index. */
export const adrIndex: DocCheck = {
  name: 'decision records',
  run(_root, pages) {
    const records = pages.filter((page) => page.path.startsWith(`${FOLDER}/`) && page.path !== INDEX)
    const index = pages.find((page) => page.path === INDEX)
    if (records.length === 0) return []
    if (index === undefined) return [{ file: INDEX, message: 'the index of the decision records is missing' }]
    const listed = new Set(index.links.map(({ target }) => target))
    return records.flatMap((record, position): Fault[] => {
      const name = posix.basename(record.path)
      const number = String(position + 1).padStart(4, '0')
      const faults: Fault[] = []
      if (!name.startsWith(`${number}-`))
        faults.push({ file: record.path, message: `number must be ${number}` })
      if (!listed.has(name)) faults.push({ file: INDEX, message: `does not list ${name}` })
      if (!/^Status: \w/m.test(record.text))
        faults.push({ file: record.path, message: 'has no line "Status: …"' })
      return faults
    })
  },
}
