import { readFileSync, renameSync } from 'node:fs'
import { formatTime } from '@moltnet/protocol'
import { getLogger } from '@logtape/logtape'
import { z } from 'zod'
import { isMissing, replaceFile } from '../state/files.ts'

const VERSION = 'moltnet.cli-sessions.v1'

const StoredSession = z.object({
  runtime_session_id: z.string().min(1),
  created_at: z.string(),
  updated_at: z.string(),
})
type StoredSession = z.infer<typeof StoredSession>

const SessionFile = z.object({ version: z.literal(VERSION), sessions: z.record(z.string(), StoredSession) })

const logger = getLogger(['moltnet', 'node', 'sessions'])

/**
 * Which session of the runtime each conversation has (`.moltnet/sessions.json`, version
 * `moltnet.cli-sessions.v1`). Every change is on disk, in one step, before the call returns.
 */
export class SessionStore {
  readonly #path: string
  readonly #sessions: Map<string, StoredSession>

  private constructor(path: string, sessions: Map<string, StoredSession>) {
    this.#path = path
    this.#sessions = sessions
  }

  /** Reads the store. A file that is torn or of another kind is set aside, with a warning. */
  static open(path: string): SessionStore {
    let text: string
    try {
      text = readFileSync(path, 'utf8')
    } catch (error) {
      if (isMissing(error)) return new SessionStore(path, new Map())
      throw error
    }
    const sessions = parse(text)
    if (sessions === undefined) {
      const aside = `${path}.${Date.now()}.bad`
      renameSync(path, aside)
      logger.warn('{path} is no session store of version {version}: kept as {aside}, starting empty', {
        path,
        version: VERSION,
        aside,
      })
    }
    return new SessionStore(path, sessions ?? new Map<string, StoredSession>())
  }

  /** The runtime's session id, or undefined when this conversation has no session yet. */
  get(key: string): string | undefined {
    return this.#sessions.get(key)?.runtime_session_id
  }

  /** Notes that the session was used. */
  set(key: string, runtimeSessionId: string): void {
    const now = formatTime(BigInt(Date.now()) * 1_000_000n)
    const created = this.#sessions.get(key)?.created_at ?? now
    this.#sessions.set(key, { runtime_session_id: runtimeSessionId, created_at: created, updated_at: now })
    this.#save()
  }

  /** Forgets a session that the runtime does not know any more. */
  delete(key: string): void {
    if (this.#sessions.delete(key)) this.#save()
  }

  #save(): void {
    const file = { version: VERSION, sessions: Object.fromEntries(this.#sessions) }
    replaceFile(this.#path, `${JSON.stringify(file, null, 2)}\n`)
  }
}

function parse(text: string): Map<string, StoredSession> | undefined {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return undefined
  }
  const file = SessionFile.safeParse(value)
  return file.success ? new Map(Object.entries(file.data.sessions)) : undefined
}
