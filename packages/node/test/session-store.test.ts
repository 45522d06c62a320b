import { describe, expect, test } from 'bun:test'
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { SessionStore } from '../src/attachment/session-store.ts'
import { tempFolder } from './support/temp.ts'

const KEY = 'agent:alpha:local:room:general'

describe('the session store', () => {
  test('keeps sessions over a restart, in the documented form and for its owner only', () => {
    using folder = tempFolder()
    const path = folder.join('.moltnet', 'sessions.json')
    SessionStore.open(path).set(KEY, 'thread-1')
    const file = JSON.parse(readFileSync(path, 'utf8'))
    expect(file).toEqual({
      version: 'moltnet.cli-sessions.v1',
      sessions: {
        [KEY]: {
          runtime_session_id: 'thread-1',
          created_at: expect.stringMatching(/^\d{4}-.*\.\d{9}Z$/),
          updated_at: expect.stringMatching(/Z$/),
        },
      },
    })
    expect(statSync(path).mode & 0o777).toBe(0o600)
    expect(readdirSync(folder.join('.moltnet'))).toEqual(['sessions.json'])
    expect(SessionStore.open(path).get(KEY)).toBe('thread-1')
  })

  test('keeps the time of creation and forgets what is deleted', () => {
    using folder = tempFolder()
    const path = folder.join('sessions.json')
    const created_at = '2026-01-01T00:00:00Z'
    const session = { runtime_session_id: 'a', created_at, updated_at: created_at }
    writeFileSync(
      path,
      JSON.stringify({ version: 'moltnet.cli-sessions.v1', sessions: { [KEY]: session, other: session } }),
    )
    const store = SessionStore.open(path)
    store.set(KEY, 'b')
    store.delete('other')
    const file = JSON.parse(readFileSync(path, 'utf8'))
    expect(Object.keys(file.sessions)).toEqual([KEY])
    expect(file.sessions[KEY]).toMatchObject({ runtime_session_id: 'b', created_at })
    expect(file.sessions[KEY].updated_at).not.toBe(created_at)
  })

  test.each([
    ['torn', '{"version":"moltnet.cli-sessions.v1","sess'],
    ['empty', ''],
    ['of another version', '{"version":"moltnet.cli-sessions.v2","sessions":{}}'],
    ['of another kind', '[1,2,3]'],
  ])('sets a file that is %s aside and starts empty', (_, text) => {
    using folder = tempFolder()
    const path = folder.join('sessions.json')
    writeFileSync(path, text)
    const store = SessionStore.open(path)
    expect(store.get(KEY)).toBeUndefined()
    const [aside] = readdirSync(folder.path)
    expect(aside).toMatch(/^sessions\.json\.\d+\.bad$/)
    expect(readFileSync(folder.join(aside as string), 'utf8')).toBe(text)
    store.set(KEY, 'new')
    expect(SessionStore.open(path).get(KEY)).toBe('new')
  })

  test('does not write through a link in place of its folder', () => {
    using folder = tempFolder()
    mkdirSync(folder.join('elsewhere'))
    Bun.spawnSync(['ln', '-s', folder.join('elsewhere'), folder.join('.moltnet')])
    const store = SessionStore.open(folder.join('.moltnet', 'sessions.json'))
    expect(() => store.set(KEY, 'x')).toThrow('must be a folder, not a link')
    expect(readdirSync(folder.join('elsewhere'))).toEqual([])
  })

  test('keeps a key that names a property of every object', () => {
    using folder = tempFolder()
    const path = folder.join('sessions.json')
    SessionStore.open(path).set('__proto__', 'x')
    SessionStore.open(path).set('constructor', 'y')
    expect(SessionStore.open(path).get('constructor')).toBe('y')
  })
})
