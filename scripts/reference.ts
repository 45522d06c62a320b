/**
 * `npm run docs:reference`: writes what the reference says about the code, from the code: the parts of
 * `docs/reference/*.md` between markers, and the files that are generated whole. `npm run check` compares.
 */
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { formatFault } from './lib/fault.ts'
import { readText, REPOSITORY } from './lib/files.ts'
import { expectedText, type Output, PageError } from './reference/output.ts'
import { referenceOutputs } from './reference/outputs.ts'

/** Writes one output when it changed; says so, or why it cannot be written. */
async function write(output: Output): Promise<boolean> {
  try {
    const text = await expectedText(REPOSITORY, output)
    if (text === (await readText(REPOSITORY, output.path))) return true
    const path = join(REPOSITORY, output.path)
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, text)
    console.log(`wrote ${output.path}`)
    return true
  } catch (error) {
    if (!(error instanceof PageError)) throw error
    console.error(formatFault({ file: output.path, message: error.message }))
    return false
  }
}

const written = await Promise.all((await referenceOutputs()).map(write))
console.log(`${written.filter(Boolean).length} of ${written.length} files of the reference are up to date`)
process.exitCode = written.every(Boolean) ? 0 : 1
