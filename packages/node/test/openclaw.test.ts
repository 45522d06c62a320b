import { describe, expect, test } from 'bun:test'
import { createHash, createPublicKey } from 'node:crypto'
import { statSync, writeFileSync } from 'node:fs'
import type { Adapter } from '../src/adapters/adapter.ts'
import type { FakeGatewayOptions } from './support/fake-openclaw.ts'
import { remoteAdapter, tell as deliver } from './support/remote.ts'
import type { TellOptions } from './support/remote.ts'
import { logged, sessionOf } from './support/runtime.ts'
import type { LogLine } from './support/runtime.ts'
import { serverScene } from './support/server-scene.ts'
import type { ServerScene } from './support/server-scene.ts'
import { tempFolder, until } from './support/temp.ts'
import type { TempFolder } from './support/temp.ts'

const KEY = 'agent:main:moltnet:local:room:general'
const SPOKEN = { type: 'delivered', text: 'spoken' }

/** Delivers one message, in the session of {@link KEY} unless told otherwise. */
const tell = (adapter: Adapter, text: string, o: TellOptions = {}) =>
  deliver(adapter, text, { session: sessionOf(KEY), ...o })

interface Stage extends AsyncDisposable {
  folder: TempFolder
  scene: ServerScene
  adapter: Adapter
  /** One more node at the same gateway. */
  another(): Adapter
  noted(event: string): (LogLine & Record<string, unknown>)[]
  gate: string
}

/** A gateway and an adapter that has its token, or the one given. */
async function stage(
  options: Partial<FakeGatewayOptions> = {},
  { token }: { token?: string } = { token: options.token },
): Promise<Stage> {
  const folder = tempFolder()
  const scene = await serverScene(folder, {
    script: 'fake-openclaw.ts',
    options: { ...options },
    runtime: () => ({}),
  })
  const adapters: Adapter[] = []
  const another = () => {
    const gatewayUrl = `ws://127.0.0.1:${scene.port}`
    const adapter = remoteAdapter(folder, { kind: 'openclaw', gatewayUrl, token })
    adapters.push(adapter)
    return adapter
  }
  return {
    folder,
    scene,
    another,
    adapter: another(),
    noted: (event) => logged(folder, event) as (LogLine & Record<string, unknown>)[],
    gate: folder.join('gate'),
    async [Symbol.asyncDispose]() {
      for (const one of adapters) await one.close()
      await scene.close()
      folder[Symbol.dispose]()
    },
  }
}

function keysOf(on: Stage): string[] {
  return on.noted('asked').map((line) => String(line.runId))
}

describe('openclaw lets the node in', () => {
  test('with the token alone, over one connection that is kept', async () => {
    await using on = await stage({ token: 'shared' })
    const session = sessionOf(KEY)
    for (const id of ['msg_1', 'msg_2', 'msg_3']) {
      expect(await tell(on.adapter, '@say:spoken', { session, id })).toMatchObject(SPOKEN)
    }
    const connected = on.noted('connected')
    expect(connected).toHaveLength(1)
    expect(connected[0]?.client).toMatchObject({ id: 'gateway-client', mode: 'backend' })
    expect(connected[0]?.device).toBeUndefined()
  })

  test('without anything when it asks for nothing', async () => {
    await using on = await stage()
    expect(await tell(on.adapter, '@say:spoken')).toMatchObject(SPOKEN)
  })

  test('in the session that has the key of the conversation', async () => {
    await using on = await stage()
    await tell(on.adapter, 'x', { session: sessionOf(KEY) })
    expect(on.noted('asked')[0]?.sessionKey).toBe(KEY)
  })

  test.each([
    [undefined, /wants its token: set runtime.token to gateway.auth.token of ~\/.openclaw\/openclaw.json$/],
    ['wrong', /refused runtime.token: it must be gateway.auth.token of ~\/.openclaw\/openclaw.json$/],
  ])('not with the token %p, and it says which key to set', async (token, error) => {
    await using on = await stage({ token: 'shared' }, { token })
    expect(await tell(on.adapter, 'x')).toMatchObject({
      type: 'retry',
      reason: 'unavailable',
      error: expect.stringMatching(error),
      retryAfterMs: expect.any(Number),
    })
  })

  test('later when it is starting, after the time that it asks for', async () => {
    await using on = await stage({ token: 'shared', starting: 1 })
    expect(await tell(on.adapter, 'x')).toMatchObject({
      type: 'retry',
      reason: 'unavailable',
      error: expect.stringContaining('gateway is starting'),
      retryAfterMs: 1_234,
    })
    expect(await tell(on.adapter, '@say:spoken')).toMatchObject(SPOKEN)
  })

  test('not when it speaks another protocol', async () => {
    await using on = await stage({ protocol: 7 })
    expect(await tell(on.adapter, 'x')).toMatchObject({
      type: 'retry',
      error: expect.stringMatching(/does not speak protocol 4 .*: update OpenClaw or Moltnet$/),
    })
  })

  test('from another machine once the device is approved, with the command that approves it', async () => {
    await using on = await stage({ token: 'shared', remote: true })
    const refused = await tell(on.adapter, 'x')
    const request = /`openclaw devices approve (request-([0-9a-f]{8}))`/.exec(JSON.stringify(refused))
    expect(refused).toMatchObject({ type: 'retry', reason: 'unavailable' })
    expect(request).not.toBeNull()
    expect(statSync(on.folder.join('device.json')).mode & 0o777).toBe(0o600)

    // The same device asks again, also after a restart of the node.
    const again = JSON.stringify(await tell(on.another(), 'x'))
    expect(again).toContain(request?.[1] as string)
    const { private_key } = (await Bun.file(on.folder.join('device.json')).json()) as { private_key: string }
    expect(private_key).toStartWith('-----BEGIN PRIVATE KEY-----')

    writeFileSync(on.folder.join('approved-devices'), `${deviceIdOf(private_key)}\n`)
    expect(await tell(on.adapter, '@say:spoken')).toMatchObject(SPOKEN)
    expect(on.noted('connected').at(-1)?.device).toStartWith(request?.[2] as string)
  })

  test('with a new key when the file of the old one is torn', async () => {
    await using on = await stage({ token: 'shared', remote: true })
    writeFileSync(on.folder.join('device.json'), '{"version":1,"private_key":"torn')
    expect(await tell(on.adapter, 'x')).toMatchObject({
      type: 'retry',
      error: expect.stringContaining('openclaw devices approve request-'),
    })
  })
})

describe('a run of openclaw', () => {
  test('gives what the agent said, and no words for NO_REPLY or nothing', async () => {
    await using on = await stage()
    const session = sessionOf(KEY)
    const texts = []
    for (const [id, say] of [
      ['msg_1', 'spoken'],
      ['msg_2', 'NO_REPLY'],
      ['msg_3', ''],
    ]) {
      texts.push(await tell(on.adapter, `@say:${say}`, { session, id }))
    }
    expect(texts).toMatchObject([SPOKEN, { type: 'delivered', text: '' }, { type: 'delivered', text: '' }])
  })

  test('has another key for each wake and for each session', async () => {
    await using on = await stage()
    await tell(on.adapter, 'x', { id: 'msg_1' })
    await tell(on.adapter, 'x', { id: 'msg_2' })
    await tell(on.adapter, 'x', { id: 'msg_1', session: sessionOf('agent:main:other:local:room:general') })
    expect(new Set(keysOf(on)).size).toBe(3)
    expect(on.noted('prompt')).toHaveLength(3)
  })

  test('that failed is asked for under a new key the next time', async () => {
    await using on = await stage()
    expect(await tell(on.adapter, '@fail')).toMatchObject({
      type: 'failed',
      reason: 'failed',
      error: 'LLM request failed: the model refused',
    })
    expect(await tell(on.adapter, '@say:spoken')).toMatchObject(SPOKEN)
    const [first, second] = keysOf(on)
    expect(second).toBe(`${first}-2`)
  })

  test('that failed for an earlier node is not told as a failure of this one', async () => {
    await using on = await stage()
    await tell(on.adapter, '@fail')
    expect(await tell(on.another(), '@say:spoken')).toMatchObject(SPOKEN)
    expect(on.noted('prompt')).toHaveLength(2)
  })

  test('that an earlier node has begun is waited for, not begun again', async () => {
    await using on = await stage()
    const first = tell(on.adapter, `@wait=${on.gate} @say:spoken`)
    await until('the run', () => on.noted('thinking').length === 1)
    let started = 0
    const second = tell(on.another(), 'x', { onStarted: () => started++ })
    await until('the wait', () => on.noted('wait').length > 0)
    expect(started).toBe(1)
    writeFileSync(on.gate, '')
    expect(await first).toMatchObject(SPOKEN)
    expect(await second).toMatchObject(SPOKEN)
    expect(on.noted('prompt')).toHaveLength(1)
  })

  test('goes on when the connection is lost, and is found again under its key', async () => {
    await using on = await stage({ token: 'shared' })
    const run = tell(on.adapter, `@drop @wait=${on.gate} @say:spoken`)
    await until('the new connection', () => on.noted('connected').length === 2)
    writeFileSync(on.gate, '')
    expect(await run).toMatchObject(SPOKEN)
    expect(new Set(keysOf(on)).size).toBe(1)
    expect(on.noted('prompt')).toHaveLength(1)
  })

  test('that ended while the connection was lost tells its text afterwards', async () => {
    await using on = await stage()
    expect(await tell(on.adapter, '@drop @say:spoken')).toMatchObject(SPOKEN)
    expect(on.noted('prompt')).toHaveLength(1)
  })

  test('that failed while the connection was lost is a failure', async () => {
    await using on = await stage()
    expect(await tell(on.adapter, '@drop @fail')).toMatchObject({
      type: 'failed',
      error: 'LLM request failed: the model refused',
    })
  })

  test('is begun anew, under the same key, by a gateway that was started anew', async () => {
    await using on = await stage()
    const run = tell(on.adapter, `@wait=${on.gate} @say:spoken`)
    await until('the run', () => on.noted('thinking').length === 1)
    await on.scene.stop()
    await on.scene.start()
    await until('the second run', () => on.noted('thinking').length === 2)
    writeFileSync(on.gate, '')
    expect(await run).toMatchObject(SPOKEN)
    expect(new Set(keysOf(on)).size).toBe(1)
  })

  test('survives connections that fall silent', async () => {
    await using on = await stage({ promisedTickMs: 20 })
    const run = tell(on.adapter, `@wait=${on.gate} @say:spoken`)
    await until('three connections', () => on.noted('connected').length >= 3)
    writeFileSync(on.gate, '')
    expect(await run).toMatchObject(SPOKEN)
    expect(on.noted('prompt')).toHaveLength(1)
  })

  test('is ended in the gateway when its turn is ended, and asked for anew the next time', async () => {
    await using on = await stage()
    const abort = new AbortController()
    const run = tell(on.adapter, `@wait=${on.gate}`, { signal: abort.signal })
    await until('the run', () => on.noted('thinking').length === 1)
    abort.abort()
    expect((await run).type).not.toBe('delivered')
    expect(on.noted('abort')).toMatchObject([{ runId: keysOf(on)[0], aborted: true }])
    expect(await tell(on.adapter, '@say:spoken')).toMatchObject(SPOKEN)
    expect(new Set(keysOf(on)).size).toBe(2)
  })

  test('that the gateway refuses is a failure with what it said', async () => {
    await using on = await stage()
    const session = sessionOf('agent:zz:moltnet:local:room:general')
    let started = 0
    expect(await tell(on.adapter, 'x', { session, onStarted: () => started++ })).toMatchObject({
      type: 'failed',
      error: 'Agent "zz" no longer exists in configuration',
    })
    expect(started).toBe(0)
  })

  test('runs beside the one of another session, behind the one of the same', async () => {
    await using on = await stage()
    const slow = tell(on.adapter, `@wait=${on.gate} @say:spoken`, { session: sessionOf(KEY) })
    await until('the run', () => on.noted('thinking').length === 1)
    const other = sessionOf('agent:main:moltnet:local:room:other')
    expect(await tell(on.adapter, '@say:spoken', { session: other })).toMatchObject(SPOKEN)
    writeFileSync(on.gate, '')
    expect(await slow).toMatchObject(SPOKEN)
  })
})

function deviceIdOf(pem: string): string {
  const raw = createPublicKey(pem).export({ type: 'spki', format: 'der' }).subarray(-32)
  return createHash('sha256').update(raw).digest('hex')
}
