import { describe, expect, test } from 'bun:test'
import { writeFileSync } from 'node:fs'
import type { TinyclawRuntime } from '@moltnet/config'
import type { Adapter } from '../src/adapters/adapter.ts'
import type { FakeTinyclawOptions } from './support/fake-tinyclaw.ts'
import { remoteAdapter, tell } from './support/remote.ts'
import { logged, sessionOf } from './support/runtime.ts'
import type { LogLine } from './support/runtime.ts'
import { serverScene } from './support/server-scene.ts'
import type { ServerScene } from './support/server-scene.ts'
import { tempFolder, until } from './support/temp.ts'

const SPOKEN = { type: 'delivered', text: 'spoken' }

interface Stage extends AsyncDisposable {
  scene: ServerScene
  adapter: Adapter
  /** The adapter of a node that was started anew. */
  another(more?: object): Adapter
  noted(event: string): (LogLine & Record<string, unknown>)[]
  /** Responses that nobody has acknowledged. */
  pending(): Promise<unknown[]>
  gate: string
  openGate(): void
}

async function stage(options: Partial<FakeTinyclawOptions> = {}): Promise<Stage> {
  const folder = tempFolder()
  const scene = await serverScene(folder, {
    script: 'fake-tinyclaw.ts',
    options: { ...options },
    runtime: () => ({}),
  })
  const origin = `http://127.0.0.1:${scene.port}`
  const runtime: TinyclawRuntime = {
    kind: 'tinyclaw',
    via: 'api',
    inboundUrl: `${origin}/api/message`,
    outboundUrl: `${origin}/api/responses/pending?channel=moltnet`,
    ackUrl: `${origin}/api/responses`,
    channel: 'moltnet',
  }
  const another = (more = {}) => remoteAdapter(folder, { ...runtime, ...more })
  return {
    scene,
    another,
    adapter: another(),
    noted: (event) => logged(folder, event) as (LogLine & Record<string, unknown>)[],
    pending: async () => (await (await fetch(runtime.outboundUrl)).json()) as unknown[],
    gate: folder.join('gate'),
    openGate: () => writeFileSync(folder.join('gate'), ''),
    async [Symbol.asyncDispose]() {
      await scene.close()
      folder[Symbol.dispose]()
    },
  }
}

describe('tinyclaw', () => {
  test('gets the wake in JSON, under an id of its own, for its channel', async () => {
    await using on = await stage()
    const session = sessionOf('agent:alpha:local:room:general')
    expect(await tell(on.adapter, '@say:spoken', { session })).toMatchObject(SPOKEN)
    expect(on.noted('posted')).toMatchObject([
      {
        message: 'BOOTSTRAP @say:spoken\n',
        channel: 'moltnet',
        sender: 'moltnet',
        senderId: 'agent:alpha:local:room:general',
        messageId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      },
    ])
  })

  test('gives the words of its own message only, and leaves no response in the queue', async () => {
    await using on = await stage()
    expect(await tell(on.adapter, '@tool @say:spoken')).toMatchObject(SPOKEN)
    expect(on.noted('acknowledged')).toHaveLength(2)
    expect(await on.pending()).toEqual([])
  })

  test('that has no event stream is read from the queue, without its signature', async () => {
    await using on = await stage({ old: true })
    expect(await tell(on.adapter, '@say:spoken')).toMatchObject(SPOKEN)
    expect(await on.pending()).toEqual([])
  })

  test('that apologises has failed, and gets the message under a new id the next time', async () => {
    await using on = await stage()
    expect(await tell(on.adapter, '@fail')).toMatchObject({ type: 'failed', reason: 'failed' })
    expect(await tell(on.adapter, '@say:spoken')).toMatchObject(SPOKEN)
    const [first, second] = on.noted('posted').map((line) => String(line.messageId))
    expect(second).toBe(`${first}-2`)
    expect(await on.pending()).toEqual([])
  })

  test('that apologised to an earlier node is asked again, not taken for done', async () => {
    await using on = await stage()
    await tell(on.adapter, '@fail')
    expect(await tell(on.another(), '@say:spoken')).toMatchObject(SPOKEN)
    expect(on.noted('prompt')).toHaveLength(2)
    expect(await on.pending()).toEqual([])
  })

  test('that has done the message for an earlier node is not asked again', async () => {
    await using on = await stage()
    await tell(on.adapter, '@say:spoken')
    expect(await tell(on.another(), '@say:spoken')).toMatchObject({ type: 'delivered', text: '' })
    expect(on.noted('prompt')).toHaveLength(1)
  })

  test('that works on the message for an earlier node is waited for', async () => {
    await using on = await stage()
    const abort = new AbortController()
    const first = tell(on.adapter, `@wait=${on.gate} @say:spoken`, { signal: abort.signal })
    await until('the turn', () => on.noted('thinking').length === 1)
    abort.abort()
    expect((await first).type).toBe('retry')
    const second = tell(on.another(), 'x')
    await until('the duplicate', () => on.noted('posted').length === 2)
    on.openGate()
    expect(await second).toMatchObject(SPOKEN)
    expect(on.noted('prompt')).toHaveLength(1)
  })

  test('goes on when the stream is lost; the end is looked up', async () => {
    await using on = await stage()
    expect(await tell(on.adapter, '@drop @say:spoken')).toMatchObject(SPOKEN)
    expect(on.noted('prompt')).toHaveLength(1)
  })

  test('that dies takes the message up again after its start, and its end is seen', async () => {
    await using on = await stage()
    const turn = tell(on.adapter, '@die @say:spoken')
    await until('the turn', () => on.noted('thinking').length === 1)
    await on.scene.stop()
    await on.scene.start()
    expect(await turn).toMatchObject(SPOKEN)
    expect(new Set(on.noted('posted').map((line) => line.messageId)).size).toBe(1)
  })

  test('behind something that asks for a token gets the token, and without it says so', async () => {
    await using on = await stage({ token: 'secret' })
    expect(await tell(on.adapter, 'x')).toMatchObject({
      type: 'retry',
      reason: 'unavailable',
      error: expect.stringMatching(/answered 401: .*: set runtime.token to what it accepts$/),
    })
    expect(await tell(on.another({ token: 'secret' }), '@say:spoken')).toMatchObject(SPOKEN)
  })
})

test('a loopback TinyClaw is never reached through a proxy', async () => {
  await using on = await stage()
  using _proxy = environment({ HTTP_PROXY: 'http://127.0.0.1:1', http_proxy: 'http://127.0.0.1:1' })
  expect(await tell(on.adapter, '@say:spoken')).toMatchObject(SPOKEN)
})

function environment(variables: Record<string, string>): Disposable {
  const before = Object.keys(variables).map((name) => [name, process.env[name]] as const)
  Object.assign(process.env, variables)
  return {
    [Symbol.dispose]() {
      for (const [name, value] of before) {
        if (value === undefined) delete process.env[name]
        else process.env[name] = value
      }
    },
  }
}
