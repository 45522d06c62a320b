import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { note } from './fake-model.ts'
import { fileOfScene } from './server-scene.ts'

/** Sessions of a fake server by their key, in a file that outlives it. */
export class KeptSessions {
  readonly #path: string

  constructor(name: string) {
    this.#path = fileOfScene(name)
  }

  /** The id of a session, which is begun when there is none. */
  use(key: string): string {
    const sessions = this.#read()
    const known = sessions[key]
    const id = known ?? crypto.randomUUID()
    note('session', { id, how: known === undefined ? 'begun' : 'resumed', key })
    if (known === undefined) writeFileSync(this.#path, JSON.stringify({ ...sessions, [key]: id }))
    return id
  }

  #read(): Record<string, string> {
    if (!existsSync(this.#path)) return {}
    return JSON.parse(readFileSync(this.#path, 'utf8')) as Record<string, string>
  }
}
