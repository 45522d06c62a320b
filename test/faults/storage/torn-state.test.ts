import { expect } from 'bun:test'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ConfigError, loadClientConfigAt, loadIdentity } from '@moltnet/config'
import type { Message } from '@moltnet/protocol'
import { CompletedMessages } from '../../../packages/node/src/attachment/completed.ts'
import { SessionStore } from '../../../packages/node/src/attachment/session-store.ts'
import { CursorFile } from '../../../packages/node/src/state/cursor-file.ts'
import { claimOwnership } from '../../../packages/node/src/state/owner.ts'
import { TurnRecords } from '../../../packages/node/src/state/turn-records.ts'
import { temporaryFolder } from '../../support/folder.ts'
import { fault } from '../fault.ts'

/** A process number that no system gives out. */
const NOBODY = 2 ** 22 + 1

/** A kind of file: how it is written, and what must hold when it was torn. */
interface StateFile {
  readonly name: string
  write(path: string): void
  /** `whole`: nothing of it is missing but perhaps the end of its last line. */
  check(path: string, whole: boolean): Promise<void> | void
}

const FILES: readonly StateFile[] = [
  {
    name: 'sessions.json',
    write: (path) => SessionStore.open(path).set('agent:a:net:room:hall', 'thread-1'),
    check(path, whole) {
      const store = SessionStore.open(path)
      expect(store.get('agent:a:net:room:hall')).toBe(whole ? 'thread-1' : undefined)
      store.set('another', 'thread-2')
      expect(SessionStore.open(path).get('another')).toBe('thread-2')
    },
  },
  {
    name: 'cursor.json',
    write: (path) => new CursorFile(path).keep('evt_51a70000.1234'),
    check(path, whole) {
      const file = new CursorFile(path)
      expect(file.cursor).toBe(whole ? 'evt_51a70000.1234' : undefined)
      file.keep('evt_51a70000.9')
      expect(new CursorFile(path).cursor).toBe('evt_51a70000.9')
    },
  },
  {
    name: 'completed.log',
    write(path) {
      const journal = CompletedMessages.open(path)
      journal.add([message('m1'), message('m2')])
      journal.close()
    },
    check(path) {
      const lines = readFileSync(path, 'utf8').split('\n').length - 1
      const journal = CompletedMessages.open(path)
      expect(['m1', 'm2'].map((id) => journal.has(message(id)))).toEqual([lines > 0, lines > 1])
      journal.add([message('m3')])
      journal.close()
      const again = CompletedMessages.open(path)
      expect(['m1', 'm2', 'm3'].map((id) => again.has(message(id)))).toEqual([lines > 0, lines > 1, true])
      again.close()
    },
  },
  {
    name: 'turns/turn-1.json',
    write: (path) => void new TurnRecords(join(path, '..')).open(NOBODY, 'turn-1'),
    async check(path) {
      expect(await new TurnRecords(join(path, '..')).endLeftovers()).toBe(0)
    },
  },
  {
    name: 'owner.json',
    write: (path) => writeFileSync(path, JSON.stringify({ pid: NOBODY, started: 'long ago' })),
    check: (path) => claimOwnership(path)(),
  },
  { name: 'config.json', write: (path) => writeConfig(path, CLIENT), check: checkConfig(loadClient) },
  { name: 'identity.json', write: (path) => writeConfig(path, IDENTITY), check: checkConfig(loadIdentity) },
]

const CLIENT = {
  version: 'moltnet.client.v1',
  agent: { name: 'Alpha', runtime: 'codex' },
  attachments: [
    { base_url: 'http://127.0.0.1:8787', network_id: 'net', member_id: 'alpha', auth: { mode: 'none' } },
  ],
}

const IDENTITY = {
  version: 'moltnet.identity.v1',
  network_id: 'net',
  agent_id: 'alpha',
  actor_uid: 'actor_1',
  actor_uri: 'molt://net/agents/alpha',
}

/** What can be left of a file: its beginning, or its length with nothing in the rest of it. */
const TEARS: readonly ((whole: Buffer, at: number) => Buffer)[] = [
  (whole, at) => whole.subarray(0, at),
  (whole, at) => Buffer.concat([whole.subarray(0, at), Buffer.alloc(whole.length - at)]),
]

fault(
  {
    id: 'state-torn',
    about: 'each file of a node and of a client is torn at every byte: never a wrong value, never a crash',
    rounds: { ci: 1, full: 1 },
    roundMs: 120_000,
  },
  async () => {
    const torn: Record<string, number> = {}
    for (const { name, write, check } of FILES) {
      await using folder = await temporaryFolder()
      const path = join(folder.path, name)
      mkdirSync(join(path, '..'), { recursive: true })
      write(path)
      const whole = readFileSync(path)
      for (let at = 0; at <= whole.length; at++) {
        for (const tear of TEARS) {
          const left = tear(whole, at)
          writeFileSync(path, left, { mode: 0o600 })
          await check(path, left.toString().trimEnd() === whole.toString().trimEnd())
          torn[name] = (torn[name] ?? 0) + 1
        }
      }
    }
    return { figures: torn }
  },
)

function message(id: string): Message {
  return { id, created_at: '2026-04-01T09:00:00.000000001Z' } as Message
}

function writeConfig(path: string, file: object): void {
  writeFileSync(path, `${JSON.stringify(file, undefined, 2)}\n`, { mode: 0o600 })
}

function loadClient(path: string): Promise<unknown> {
  return loadClientConfigAt(path, {})
}

/** It loads as it was written, or is refused with an error that names it. */
function checkConfig(load: (path: string) => Promise<unknown>): StateFile['check'] {
  return async (path, whole) => {
    const error = await load(path).then(
      () => undefined,
      (cause: unknown) => cause,
    )
    if (error === undefined) return expect(whole).toBe(true)
    expect(error).toBeInstanceOf(ConfigError)
    expect((error as ConfigError).message).toContain(path)
  }
}
