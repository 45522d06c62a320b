import { constants } from 'node:fs'
import { access } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { ConfigError, fileError } from './core/fault.ts'
import type { Environment } from './environment.ts'
import { codeOf } from './files/read-file.ts'
import { readTokenFile } from './files/token-file.ts'
import type { TokenRule, TokenSource } from './node/types.ts'
import { headerSecret } from './schema/fields.ts'

/** What became of a token source. */
export type ResolvedToken =
  | { kind: 'none' }
  /** `file` is where a new token of the same agent is to be kept. */
  | { kind: 'token'; token: string; file?: string }
  /** There is no token yet: attach without one, and keep the one that READY brings in `file`. */
  | { kind: 'claim'; file: string }

/** Whether a token is one that a server gave to an agent, rather than a static one of its configuration. */
export function isAgentToken(token: string): boolean {
  return token.startsWith('magt_')
}

/**
 * Reads the token that a source stands for. A source that is configured but empty, missing or of the wrong
 * sort is a ConfigError, never a reason to try another. With rule `claim` a missing file means that the
 * agent claims its id on first attach; that the token can be written there is checked before.
 */
export async function resolveTokenSource(
  source: TokenSource,
  options: { env: Environment; dir?: string },
): Promise<ResolvedToken> {
  switch (source.kind) {
    case 'none':
      return { kind: 'none' }
    case 'value':
      return { kind: 'token', token: checked(source.token, 'token', source.rule) }
    case 'env':
      return {
        kind: 'token',
        token: checked(tokenOfVariable(source.name, options.env), source.name, source.rule),
      }
    case 'file':
      return tokenOfFile(resolve(options.dir ?? '.', source.path), source.rule)
  }
}

function tokenOfVariable(name: string, env: Environment): string {
  const value = env[name]?.trim()
  const fault = (message: string) => new ConfigError([{ file: name, path: 'token_env', message }])
  if (value === undefined) throw fault('the variable is not set; it must hold a token')
  if (value === '') throw fault('the variable is empty; it must hold a token')
  if (!headerSecret.safeParse(value).success)
    throw fault('the variable holds no token: there are spaces or special characters in it')
  return value
}

async function tokenOfFile(path: string, rule: TokenRule): Promise<ResolvedToken> {
  const token = await readTokenFile(path)
  if (token !== undefined) return { kind: 'token', token: checked(token, path, rule), file: path }
  if (rule !== 'claim') throw fileError(path, 'there is no such token file')
  await requireWritable(path)
  return { kind: 'claim', file: path }
}

/** The nearest folder that is there must let us make the rest: a claimed token is shown only once. */
async function requireWritable(path: string): Promise<void> {
  for (let folder = dirname(path); ; folder = dirname(folder)) {
    try {
      // A trailing separator, so that a file in the place of a folder is told apart from a locked folder.
      await access(join(folder, '/'), constants.W_OK | constants.X_OK)
      return
    } catch (error) {
      if (codeOf(error) === 'ENOENT' && folder !== dirname(folder)) continue
      const reason = `cannot be written (${codeOf(error)})`
      throw fileError(path, `${reason}, so no agent token can be kept there and nothing was claimed`, error)
    }
  }
}

function checked(token: string, place: string, rule: TokenRule): string {
  if (rule === 'static' && isAgentToken(token)) {
    throw fileError(
      place,
      'holds the token of one agent; with static_token it must be a static token of the server',
    )
  }
  return token
}
