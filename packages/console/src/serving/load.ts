import { join } from 'node:path'
import { type ConsoleAsset, describeAsset } from './asset.ts'
import { buildConsole, builtFiles } from './build.ts'

/**
 * Every file of the console, the page first. From sources the console is built when they have changed
 * since the last time; a compiled program carries it. Throws an Error with what the bundler said.
 */
export async function loadConsoleAssets(): Promise<readonly ConsoleAsset[]> {
  const folder = await buildConsole()
  const files = await builtFiles(folder)
  return Promise.all(
    files.map(async ({ path }) => ({
      ...describeAsset(path),
      body: await Bun.file(join(folder, path)).bytes(),
    })),
  )
}
