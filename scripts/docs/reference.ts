import type { Fault } from '../lib/fault.ts'
import { readText } from '../lib/files.ts'
import { expectedText, type Output, PageError } from '../reference/output.ts'
import type { DocCheck } from './doc-check.ts'

const SCRIPT = 'docs:reference'

/** The reference says what the code says: generated parts and files are as the generator makes them now. */
export const reference: DocCheck = {
  name: 'reference',
  async run(root) {
    const manifest = JSON.parse((await readText(root, 'package.json')) ?? '{}') as {
      scripts?: Record<string, string>
    }
    // A tree without the generator has no reference to compare.
    if (manifest.scripts?.[SCRIPT] === undefined) return []
    // Loaded here, so that a package that does not load is a fault of this check and of no other.
    const { referenceOutputs } = await import('../reference/outputs.ts')
    const found = await Promise.all((await referenceOutputs()).map((output) => faultsOf(root, output)))
    return found.flat()
  },
}

async function faultsOf(root: string, output: Output): Promise<Fault[]> {
  const file = output.path
  try {
    const expected = await expectedText(root, output)
    const actual = await readText(root, file)
    if (actual === expected) return []
    const line = actual === undefined ? undefined : firstDifference(actual, expected)
    return [{ file, line, message: `does not match the code any more: run npm run ${SCRIPT}` }]
  } catch (error) {
    if (!(error instanceof PageError)) throw error
    return [{ file, message: error.message }]
  }
}

/** Number of the first line that differs, from 1; undefined when something is missing at the end. */
function firstDifference(actual: string, expected: string): number | undefined {
  const lines = expected.split('\n')
  const index = actual.split('\n').findIndex((line, at) => line !== lines[at])
  return index < 0 ? undefined : index + 1
}
