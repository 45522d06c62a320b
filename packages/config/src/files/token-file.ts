import { ConfigError, fileError } from '../core/fault.ts'
import { headerSecret } from '../schema/fields.ts'
import { writePrivateFile } from './atomic-file.ts'
import { readTextFile } from './read-file.ts'
import { hasFileModes, secretFileFault } from './secret-file.ts'

/**
 * Reads a token file: one token and maybe a newline, private like every file with secrets. Undefined when
 * there is no such file; a ConfigError when it is empty, open to others, a symbolic link or no token.
 */
export async function readTokenFile(path: string): Promise<string | undefined> {
  const file = await readTextFile(path, path)
  if (file === undefined) return undefined
  const fault = hasFileModes() ? secretFileFault(file.facts, path, 'a token') : undefined
  if (fault) throw new ConfigError([fault])
  const token = file.text.replace(/\r?\n$/, '')
  if (token.trim() === '') throw fileError(path, 'is empty: it must hold one token')
  if (!headerSecret.safeParse(token).success)
    throw fileError(path, 'must hold one token on one line and nothing else')
  return token
}

/**
 * Writes a token file: the token and a newline, mode 0600, folders made 0700, replaced at once. Throws a
 * ConfigError for a symbolic link in its place and for text that is no token.
 */
export async function writeTokenFile(path: string, token: string): Promise<void> {
  if (!headerSecret.safeParse(token).success) throw fileError(path, 'was not written: the text is no token')
  await writePrivateFile(path, `${token}\n`)
}
