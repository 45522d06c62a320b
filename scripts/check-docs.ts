/**
 * Checks the documents against the repository. Run by itself it checks this repository and says which
 * rules it knows.
 */
import { adrIndex } from './docs/adr-index.ts'
import { cliCommands } from './docs/cli-commands.ts'
import { configExamples } from './docs/config-examples.ts'
import type { DocCheck } from './docs/doc-check.ts'
import { docsIndex } from './docs/docs-index.ts'
import { links } from './docs/links.ts'
import { machinePaths } from './docs/machine-paths.ts'
import { readPages } from './docs/markdown.ts'
import { npmScripts } from './docs/npm-scripts.ts'
import { reference } from './docs/reference.ts'
import { type Fault, reportAndExit } from './lib/fault.ts'
import { REPOSITORY } from './lib/files.ts'

export const DOC_CHECKS: readonly DocCheck[] = [
  links,
  machinePaths,
  adrIndex,
  docsIndex,
  npmScripts,
  cliCommands,
  configExamples,
  reference,
]

/** All faults of the Markdown files below `root`. */
export async function checkDocs(root: string): Promise<Fault[]> {
  const pages = await readPages(root)
  if (pages.length === 0) return [{ file: '.', message: 'no document found: nothing was checked' }]
  const found = await Promise.all(DOC_CHECKS.map(async (check) => await check.run(root, pages)))
  return found.flat()
}

if (import.meta.main) {
  console.log(`rules: ${DOC_CHECKS.map((check) => check.name).join(', ')}`)
  reportAndExit('docs', await checkDocs(REPOSITORY))
}
