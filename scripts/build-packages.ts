/**
 * `npm run build:packages`: JavaScript and type declarations of the packages that others import, into their
 * `dist/`. Development needs none of it: there the `bun` condition of each manifest leads to the sources.
 */
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { localBin, runCommand } from './lib/command.ts'
import { REPOSITORY } from './lib/files.ts'

/** In the order of their imports: each is compiled against the declarations of those before it. */
export const LIBRARIES = ['protocol', 'client'] as const

async function main(): Promise<number> {
  for (const name of LIBRARIES) {
    const folder = join(REPOSITORY, 'packages', name)
    await rm(join(folder, 'dist'), { recursive: true, force: true })
    const { code, output, milliseconds } = await runCommand(
      localBin('tsc', '-p', 'tsconfig.build.json'),
      folder,
    )
    if (code !== 0) {
      console.error(`@moltnet/${name}: tsc ended with code ${code}\n${output}`)
      return 1
    }
    console.log(`packages/${name}/dist  ${(milliseconds / 1000).toFixed(1)} s`)
  }
  return 0
}

process.exitCode = await main()
