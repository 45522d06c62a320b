import type { ErrorCode } from '@moltnet/protocol'
import { readText, REPOSITORY } from '../lib/files.ts'
import { documentedConstants } from './doc-comments.ts'
import { ERROR_WORDS } from './error-words.ts'
import type { Output } from './output.ts'
import { code, grouped, table } from './table.ts'

const LIMITS_SOURCE = 'packages/protocol/src/limits.ts'

/** `docs/reference/errors.md`: the closed table of error codes, and the limits of the wire contract. */
export async function errorsOutput(): Promise<Output> {
  return {
    path: 'docs/reference/errors.md',
    parts: { codes: await codeTable(), limits: await limitTables() },
  }
}

async function codeTable(): Promise<string> {
  const { ERROR_CODES } = await import('@moltnet/protocol')
  const entries = Object.entries(ERROR_CODES) as [ErrorCode, (typeof ERROR_CODES)[ErrorCode]][]
  const rows = entries.map(([name, { status, closeCode, retryable }]) => {
    const { means, remedy } = ERROR_WORDS[name]
    return [code(name), String(status), String(closeCode), retryable ? 'yes' : 'no', means, remedy]
  })
  return table(['code', 'HTTP status', 'close code', 'retry helps', 'means', 'what to do'], rows)
}

/** Names and numbers come from the module, units and reasons from the comments of its source. */
async function limitTables(): Promise<string> {
  const source = (await readText(REPOSITORY, LIMITS_SOURCE)) ?? ''
  const values: Record<string, Record<string, number> | undefined> = {
    ...(await import('../../packages/protocol/src/limits.ts')),
  }
  const documented = documentedConstants(source)
  const missing = Object.keys(values).filter((name) => !documented.some((constant) => constant.name === name))
  if (missing.length > 0) throw new Error(`${LIMITS_SOURCE}: no doc comment for ${missing.join(', ')}`)
  return documented
    .map(({ name, comment, keys }) => {
      const rows = Object.entries(values[name] ?? {}).map(([key, value]) => {
        const words = keys.get(key)
        if (!words) throw new Error(`${LIMITS_SOURCE}: ${name}.${key} has no doc comment`)
        return [code(key), grouped(value), words]
      })
      return `### ${code(name)}\n\n${comment}\n\n${table(['name', 'value', 'what it bounds'], rows)}`
    })
    .join('\n\n')
}
