import { Command } from 'commander'
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { CommandError } from '../shell/failures.ts'
import { note, print } from '../shell/io.ts'

/** What the other commands would read from a folder: the first of each list that is there. */
const NAMES: readonly (readonly string[])[] = [
  ['Moltnet', 'moltnet.yaml', 'moltnet.yml', 'moltnet.json'],
  ['MoltnetNode', 'moltnet-node.yaml', 'moltnet-node.yml', 'moltnet-node.json'],
]

/** `moltnet validate [path]`: checks the files the other commands would read. */
export function command(): Command {
  return new Command('validate')
    .description(
      'Check config files: a folder (both files, if there) or one file. Every fault is reported at once.',
    )
    .argument('[path]', 'folder or file', '.')
    .addHelpText('after', '\nExample:\n  moltnet validate\n  moltnet validate ./MoltnetNode')
    .action(async (path: string) => {
      const files = await filesAt(path)
      const { ConfigError, validateConfigFile } = await import('@moltnet/config')
      const faults: string[] = []
      for (const file of files) {
        try {
          const { warnings, unavailable } = await validateConfigFile(file, {
            cwd: process.cwd(),
            env: process.env,
          })
          for (const line of [...warnings, ...unavailable]) note(`moltnet: ${line}`)
          print(`validated ${file}`)
        } catch (error) {
          if (!(error instanceof ConfigError)) throw error
          faults.push(error.message)
        }
      }
      if (faults.length > 0) throw new CommandError(faults.join('\n'))
    })
}

async function filesAt(path: string): Promise<string[]> {
  const info = await stat(path).catch(() => undefined)
  if (!info) throw new CommandError(`${path} does not exist; moltnet init writes the default files`)
  if (!info.isDirectory()) return [path]
  const found: string[] = []
  for (const names of NAMES) {
    for (const name of names) {
      const file = path === '.' ? name : join(path, name)
      if (!(await stat(file).catch(() => undefined))?.isFile()) continue
      found.push(file)
      break
    }
  }
  if (found.length > 0) return found
  throw new CommandError(`no Moltnet or MoltnetNode file in ${path}; moltnet init writes the default ones`)
}
