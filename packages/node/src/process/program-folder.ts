import { chmodSync } from 'node:fs'
import { join } from 'node:path'
import { replaceFile } from '../state/files.ts'

/**
 * Makes the folder that agents find first in PATH; its `moltnet` starts `command`, the running program,
 * so that an agent speaks with the version that woke it.
 */
export function writeProgramFolder(folder: string, command: readonly string[]): void {
  if (process.platform === 'win32') {
    const words = command.map((word) => `"${word.replaceAll('%', '%%')}"`).join(' ')
    replaceFile(join(folder, 'moltnet.cmd'), `@echo off\r\n${words} %*\r\n`)
    return
  }
  const path = join(folder, 'moltnet')
  replaceFile(path, `#!/bin/sh\nexec ${command.map(shellWord).join(' ')} "$@"\n`)
  chmodSync(path, 0o700)
}

/** A word that a POSIX shell reads as exactly this text. */
function shellWord(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`
}
