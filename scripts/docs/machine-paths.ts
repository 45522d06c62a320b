import type { DocCheck } from './doc-check.ts'

/** Home folders and the like; an example uses a relative path or one that every system has. */
const MACHINE_PATH =
  /(?:^|[^A-Za-z0-9._-])\/(?:work|root|farm|mnt|home\/[a-z]|Users\/[A-Za-z])[\w.-]*(?:\/|\b)/

/** No document names a folder of somebody's machine. */
export const machinePaths: DocCheck = {
  name: 'machine paths',
  run: (_root, pages) =>
    pages.flatMap((page) =>
      page.text
        .split('\n')
        .map((line, index) => ({ found: MACHINE_PATH.exec(line), line: index + 1 }))
        .filter(({ found }) => found !== null)
        .map(({ found, line }) => ({
          file: page.path,
          line,
          message: `path of one machine: ${found?.[0].trim()}`,
        })),
    ),
}
