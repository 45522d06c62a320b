import { join } from 'node:path'

const PACKAGES = join(import.meta.dirname, '../../..')

/** Where built consoles are kept. */
export const DIST = join(import.meta.dirname, '../../dist')

/** Name of the folder of one built console: a hash of its sources. */
export const BUILT_NAME = /^[0-9a-f]{16}$/

/** What the console is made from, below `packages/`. */
const SOURCES = ['console', 'client', 'protocol'].flatMap((name) => [
  `${name}/src/**/*`,
  `${name}/package.json`,
])

/** The folder of the console that belongs to the sources as they are now. */
export async function builtFolder(): Promise<string> {
  const paths = SOURCES.flatMap((pattern) => [...new Bun.Glob(pattern).scanSync({ cwd: PACKAGES })]).sort()
  const hash = new Bun.CryptoHasher('sha256')
  for (const path of paths) {
    hash.update(`${path}\0`)
    hash.update(await Bun.file(join(PACKAGES, path)).bytes())
  }
  return join(DIST, hash.digest('hex').slice(0, 16))
}
