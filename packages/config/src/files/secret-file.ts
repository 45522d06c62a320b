import type { ConfigFault } from '../core/fault.ts'
import { ConfigError, fileError } from '../core/fault.ts'
import type { FileFacts } from './read-file.ts'
import { readTextFile } from './read-file.ts'

/** Said once where file modes say nothing about who may read a file. */
export const WINDOWS_WARNING =
  'file permissions are not checked on Windows: make sure that only you can read files with tokens'

/**
 * Why a file with secrets is refused, or undefined when it is private: a regular file, no symbolic link,
 * no permission for group or others. `secret` names what it holds.
 */
export function secretFileFault(facts: FileFacts, shown: string, secret: string): ConfigFault | undefined {
  const fault = (message: string): ConfigFault => ({ file: shown, path: '', message })
  if (facts.symlink) {
    return fault(`holds ${secret}, so it must be a regular file, not a symbolic link: name the file itself`)
  }
  if ((facts.mode & 0o077) === 0) return undefined
  const mode = facts.mode.toString(8).padStart(4, '0')
  return fault(
    `holds ${secret}, and other users may use the file (mode ${mode}): run chmod 600 ${shellWord(shown)}`,
  )
}

/** Whether file modes mean anything here. */
export function hasFileModes(platform: NodeJS.Platform = process.platform): boolean {
  return platform !== 'win32'
}

/**
 * Checks that an existing file is fit to hold a secret. Throws a ConfigError that says what to do
 * otherwise. Returns what the user should be told.
 */
export async function checkSecretFile(
  path: string,
  options: { platform?: NodeJS.Platform } = {},
): Promise<string[]> {
  if (!hasFileModes(options.platform)) return [WINDOWS_WARNING]
  const file = await readTextFile(path, path)
  if (file === undefined) throw fileError(path, 'there is no such file')
  const fault = secretFileFault(file.facts, path, 'a secret')
  if (fault) throw new ConfigError([fault])
  return []
}

/** A word as a shell takes it: as it is when harmless, else in single quotes. */
export function shellWord(text: string): string {
  return /^[A-Za-z0-9_@%+=:,./][A-Za-z0-9_@%+=:,./-]*$/.test(text)
    ? text
    : `'${text.replaceAll("'", `'\\''`)}'`
}
