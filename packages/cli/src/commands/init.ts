import { Command } from 'commander'
import { join } from 'node:path'
import { writeNew } from '../shell/files.ts'
import { print } from '../shell/io.ts'

/** `moltnet init [dir]`: default config files where they are missing. */
export function command(): Command {
  return new Command('init')
    .description(
      'Write Moltnet and MoltnetNode (mode 0600, folder 0700) where they are missing. Existing files stay as they are. The schemas for editors, in .moltnet/schemas, are renewed.',
    )
    .argument('[dir]', 'folder', '.')
    .addHelpText('after', '\nExample:\n  moltnet init\n  moltnet init ./my-network')
    .action(async (dir: string) => {
      const { defaultServerFile, defaultNodeFile, editorSchemas, writePrivateFile } = await import(
        '@moltnet/config'
      )
      for (const [name, text] of [
        ['Moltnet', defaultServerFile()],
        ['MoltnetNode', defaultNodeFile()],
      ] as const) {
        const path = join(dir, name)
        print(`${(await writeNew(path, text)) ? 'created' : 'exists'} ${path}`)
      }
      for (const { path, text } of editorSchemas()) await writePrivateFile(join(dir, path), text)
    })
}
