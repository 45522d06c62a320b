import { readText } from '../lib/files.ts'
import type { DocCheck } from './doc-check.ts'
import { commandsOf } from './markdown.ts'

/** npm's own commands that documents use, beside those that run a script. */
const NPM_COMMANDS = new Set(['ci', 'install', 'i', 'pack', 'view', 'update', 'exec'])
const RUNS_SCRIPT = new Set(['test', 'start', 'stop', 'restart'])

/** Every `npm run x`, `npm test` and `npm start` of the documents is a script of the root package. */
export const npmScripts: DocCheck = {
  name: 'npm scripts',
  async run(root, pages) {
    const manifest = JSON.parse((await readText(root, 'package.json')) ?? '{}') as {
      scripts?: Record<string, string>
    }
    const scripts = new Set(Object.keys(manifest.scripts ?? {}))
    return pages.flatMap((page) =>
      commandsOf(page).flatMap(({ command, line }) => {
        const [, verb, name] = /^npm (\S+)(?:\s+(\S+))?/.exec(command) ?? []
        if (verb === undefined || NPM_COMMANDS.has(verb)) return []
        const script = verb === 'run' ? name : verb
        if (script !== undefined && scripts.has(script) && (verb === 'run' || RUNS_SCRIPT.has(verb)))
          return []
        return [{ file: page.path, line, message: `no such npm script: ${command}` }]
      }),
    )
  },
}
