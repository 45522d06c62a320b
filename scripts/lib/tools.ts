import { existsSync, readdirSync } from 'node:fs'

/**
 * Programs that some tests need and a machine may lack. A test file names its need in its file name:
 * `power-loss.strace.test.ts` runs only where strace is.
 */
export interface Tool {
  name: string
  find(): string | null
  install: string
}

export const TOOLS: readonly Tool[] = [
  {
    name: 'chromium',
    find: () =>
      Bun.which('chromium') ??
      Bun.which('chromium-browser') ??
      Bun.which('google-chrome') ??
      Bun.which('chrome'),
    install: 'apt-get install chromium',
  },
  { name: 'postgres', find: findPostgres, install: 'apt-get install postgresql' },
  { name: 'strace', find: () => Bun.which('strace'), install: 'apt-get install strace' },
  { name: 'faketime', find: faketimeLibrary, install: 'apt-get install faketime' },
  { name: 'slowhttptest', find: () => Bun.which('slowhttptest'), install: 'apt-get install slowhttptest' },
]

/** The library that makes the clock of a process lie, where Debian keeps it. */
export function faketimeLibrary(): string | null {
  const base = '/usr/lib'
  try {
    const folders = readdirSync(base).map((name) => `${base}/${name}/faketime/libfaketime.so.1`)
    return folders.find((path) => existsSync(path)) ?? null
  } catch {
    return null
  }
}

/** Debian keeps the server program out of PATH, one folder per major version. */
function findPostgres(): string | null {
  const onPath = Bun.which('postgres')
  if (onPath !== null) return onPath
  const base = '/usr/lib/postgresql'
  try {
    const newest = readdirSync(base).sort((a, b) => Number(b) - Number(a))
    return (
      newest.map((version) => Bun.which(`${base}/${version}/bin/postgres`)).find((found) => found) ?? null
    )
  } catch {
    return null
  }
}

/** The tool that a test file names in its file name, or undefined. */
export function toolOf(path: string): Tool | undefined {
  return TOOLS.find((tool) => path.endsWith(`.${tool.name}.test.ts`))
}
