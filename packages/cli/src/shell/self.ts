import { fileURLToPath } from 'node:url'

/**
 * The command that starts this very program again: the executable alone when it was compiled, else
 * bun with the path of `main.ts`.
 */
export function programCommand(): string[] {
  return isCompiled()
    ? [process.execPath]
    : [process.execPath, fileURLToPath(new URL('../main.ts', import.meta.url))]
}

/** Compiled programs keep their modules in a virtual folder that exists on no disk. */
function isCompiled(): boolean {
  return (
    import.meta.url.includes('/$bunfs/') ||
    import.meta.url.includes('/~BUN/') ||
    import.meta.url.includes('%7EBUN')
  )
}
