import { describe, expect, test } from 'bun:test'
import { mkdirSync, writeFileSync } from 'node:fs'
import { sessionUuid } from '@moltnet/protocol'
import type { Adapter } from '../src/adapters/adapter.ts'
import { TurnEnd } from '../src/adapters/picoclaw/turn-end.ts'
import type { FakePicoclawOptions } from './support/fake-picoclaw-gateway.ts'
import { acked } from './support/fake-server.ts'
import { Harness } from './support/harness.ts'
import { remoteAdapter, tell } from './support/remote.ts'
import { adapterOf, logged, runtimeOf, sessionOf } from './support/runtime.ts'
import type { LogLine } from './support/runtime.ts'
import { serverScene } from './support/server-scene.ts'
import type { ServerScene } from './support/server-scene.ts'
import { tempFolder, until } from './support/temp.ts'
import type { TempFolder } from './support/temp.ts'

const KEY = 'agent:alpha:local:room:general'
const SPOKEN = { type: 'delivered', text: 'spoken' }

interface Stage extends AsyncDisposable {
  folder: TempFolder
  scene: ServerScene
  adapter: Adapter
  noted(event: string): (LogLine & Record<string, unknown>)[]
  gate: string
}

/** A gateway and an adapter, which has the default token unless told otherwise. */
async function stage(options: Partial<FakePicoclawOptions> = {}, more: object = {}): Promise<Stage> {
  const folder = tempFolder()
  const scene = await serverScene(folder, {
    script: 'fake-picoclaw-gateway.ts',
    options: { ...options },
    runtime: () => ({}),
  })
  const eventsUrl = `ws://127.0.0.1:${scene.port}/pico/ws`
  return {
    folder,
    scene,
    adapter: remoteAdapter(folder, { kind: 'picoclaw', via: 'events', eventsUrl, ...more }),
    noted: (event) => logged(folder, event) as (LogLine & Record<string, unknown>)[],
    gate: folder.join('gate'),
    async [Symbol.asyncDispose]() {
      await scene.close()
      folder[Symbol.dispose]()
    },
  }
}

describe('picoclaw by its gateway', () => {
  test('has one session for each conversation, whose name is made from its key', async () => {
    await using on = await stage()
    await tell(on.adapter, 'x', { session: sessionOf(KEY) })
    expect(on.noted('connected')[0]?.session).toBe(await sessionUuid(KEY))
  })

  test.each([
    ['thoughts and tool calls before it', '@tool', 'spoken'],
    ['two messages', '@parts', 'spo\n\nken'],
    ['the typing of an earlier turn that stops', '@stale', 'spoken'],
    ['a placeholder that becomes it', '@edit', 'spoken'],
  ])('gives the answer with %s', async (_name, directive, text) => {
    await using on = await stage()
    expect(await tell(on.adapter, `${directive} @say:spoken`)).toMatchObject({ type: 'delivered', text })
  })

  test('that types and then says nothing has ended its turn', async () => {
    await using on = await stage()
    const turn = tell(on.adapter, `@wait=${on.gate} @say:`)
    await until('the turn', () => on.noted('thinking').length === 1)
    // Typing that ends at once would be that of an earlier turn.
    setTimeout(() => writeFileSync(on.gate, ''), 150)
    expect(await turn).toMatchObject({ type: 'delivered', text: '' })
  })

  test('goes on when the connection is lost; what it says afterwards is heard', async () => {
    await using on = await stage()
    const turn = tell(on.adapter, `@drop @wait=${on.gate} @say:spoken`)
    await until('the new connection', () => on.noted('connected').length === 2)
    writeFileSync(on.gate, '')
    expect(await turn).toMatchObject(SPOKEN)
    expect(on.noted('prompt')).toHaveLength(1)
  })

  test('that dies in the turn has failed, because nobody knows how it ended', async () => {
    await using on = await stage()
    expect(await tell(on.adapter, '@die')).toMatchObject({
      type: 'failed',
      error: expect.stringMatching(/lost during the turn .*how it ended is not known$/),
    })
  })

  test('is told to stop when its turn is ended', async () => {
    await using on = await stage()
    const abort = new AbortController()
    const turn = tell(on.adapter, `@wait=${on.gate}`, { signal: abort.signal })
    await until('the turn', () => on.noted('thinking').length === 1)
    abort.abort()
    expect((await turn).type).not.toBe('delivered')
    await until('the order', () => on.noted('sent').some((line) => line.content === '/stop'))
    expect(await tell(on.adapter, '@say:spoken')).toMatchObject(SPOKEN)
  })

  test('is also found at the port of newer releases, and there at once from then on', async () => {
    await using on = await stage({}, { eventsUrl: 'ws://127.0.0.1:1/pico/ws' })
    expect(await tell(on.adapter, 'x')).toMatchObject({ type: 'retry', reason: 'unavailable' })
    const fallbackEventsUrl = `ws://127.0.0.1:${on.scene.port}/pico/ws`
    const eventsUrl = 'ws://127.0.0.1:1/pico/ws'
    const adapter = remoteAdapter(on.folder, {
      kind: 'picoclaw',
      via: 'events',
      eventsUrl,
      fallbackEventsUrl,
    })
    expect(await tell(adapter, '@say:spoken')).toMatchObject(SPOKEN)
    expect(await tell(adapter, '@say:spoken', { id: 'msg_2' })).toMatchObject(SPOKEN)
  })

  test.each([
    [{ token: 'secret' }, /refused the token: set runtime.token to channels.pico.settings.token of its/],
    [{ disabled: true }, /has no Pico channel: set channels.pico.enabled in its configuration$/],
    [{ full: true }, /answered 503: see the log of `picoclaw gateway`$/],
  ])('that refuses (%p) is unavailable, with what helps', async (options, error) => {
    await using on = await stage(options)
    let started = 0
    expect(await tell(on.adapter, 'x', { onStarted: () => started++ })).toMatchObject({
      type: 'retry',
      reason: 'unavailable',
      error: expect.stringMatching(error),
    })
    expect(started).toBe(0)
  })
})

describe('the end of a turn of picoclaw', () => {
  const plain = { type: 'message.create', payload: { content: 'answer', message_id: 'm1' } }

  test('is believed after silence behind a whole message', () => {
    const end = new TurnEnd(0)
    end.take({ type: 'typing.start' }, 0)
    expect(end.quietMs).toBeUndefined()
    end.take({ type: 'typing.stop' }, 5_000)
    end.take(plain, 5_001)
    expect(end.quietMs).toBeLessThan(1_000)
    expect(end.end()).toEqual({ type: 'said', text: 'answer' })
  })

  test('is not believed behind a tool call, however long the tool takes', () => {
    const end = new TurnEnd(0)
    end.take({ type: 'typing.start' }, 0)
    end.take({ type: 'typing.stop' }, 5_000)
    expect(end.quietMs).toBeDefined()
    end.take({ type: 'message.create', payload: { content: 'exec', kind: 'tool_calls' } }, 5_001)
    expect(end.quietMs).toBeUndefined()
  })

  test('is not believed when typing stops by the limit of five minutes', () => {
    const end = new TurnEnd(0)
    end.take({ type: 'typing.start' }, 0)
    end.take({ type: 'typing.stop' }, 300_000)
    expect(end.quietMs).toBeUndefined()
  })

  test('is a failure when the words say so, or an error frame', () => {
    const worded = new TurnEnd(0)
    worded.take({ type: 'message.create', payload: { content: 'Error processing message: no model' } }, 1)
    expect(worded.end()).toEqual({ type: 'failed', error: 'no model' })
    const framed = new TurnEnd(0)
    framed.take({ type: 'error', payload: { code: 'empty_content', message: 'message content is empty' } }, 1)
    expect(framed.failure).toEqual({ type: 'failed', error: 'message content is empty' })
  })

  test('has the last words of each message, without those that were deleted', () => {
    const end = new TurnEnd(0)
    end.take(plain, 1)
    end.take({ type: 'message.update', payload: { content: 'better', message_id: 'm1' } }, 2)
    end.take({ type: 'message.create', payload: { content: 'gone', message_id: 'm2' } }, 3)
    end.take({ type: 'message.delete', payload: { message_id: 'm2' } }, 4)
    expect(end.end()).toEqual({ type: 'said', text: 'better' })
  })
})

describe('picoclaw by its command line', () => {
  function commandStage() {
    const folder = tempFolder()
    const runtime = runtimeOf(folder, 'picoclaw')
    const workspace = { agents: { defaults: { workspace: folder.join('pico') } } }
    writeFileSync(folder.join('work', 'config.json'), JSON.stringify(workspace))
    return { folder, adapter: adapterOf(folder, runtime) }
  }

  test('gets the key of the session, its configuration and its home', async () => {
    const { folder, adapter } = commandStage()
    using _folder = folder
    expect(await tell(adapter, '@say:spoken', { session: sessionOf(KEY) })).toMatchObject(SPOKEN)
    const [run] = logged(folder, 'prompt')
    expect(run?.args?.slice(0, 3)).toEqual(['agent', '-s', KEY])
    expect(run?.env).toMatchObject({
      PICOCLAW_CONFIG: folder.join('work', 'config.json'),
      HOME: folder.join('home'),
    })
  })

  test('that fails says why', async () => {
    const { folder, adapter } = commandStage()
    using _folder = folder
    expect(await tell(adapter, '@fail')).toMatchObject({
      type: 'failed',
      error: expect.stringContaining('the model refused'),
    })
  })

  test('is not started with a wake that no argument can hold', async () => {
    const { folder, adapter } = commandStage()
    using _folder = folder
    expect(await tell(adapter, 'x'.repeat(200_000))).toMatchObject({
      type: 'failed',
      error: expect.stringMatching(
        /^the wake has 200011 bytes, .*set runtime.events_url to use its gateway$/,
      ),
    })
    expect(logged(folder, 'prompt')).toHaveLength(0)
  })

  test('publishes what the agent said to this conversation by its message tool, and only that', async () => {
    await using harness = new Harness()
    mkdirSync(harness.folder.join('pico'))
    const config = harness.folder.join('work', 'pico.json')
    const workspace = harness.folder.join('pico')
    writeFileSync(config, JSON.stringify({ agents: { defaults: { workspace } } }))
    const { socket } = await harness.attach({
      agent: { id: 'alpha', name: 'Alpha' },
      runtime: { kind: 'picoclaw', config_path: config },
      rooms: [{ id: 'general' }],
    })
    const calls = [
      { content: 'first words', channel: 'moltnet', chat_id: 'local:room:general' },
      { content: 'to my human', channel: 'telegram' },
      { content: 'elsewhere', channel: 'moltnet', chat_id: 'local:room:ops' },
      { content: 'second words', channel: 'moltnet' },
    ]
    const text = calls.map((call) => `@message:${JSON.stringify(call)}`).join('\n')
    const event = socket.wake(harness.server.message(text))
    await acked(socket, event)
    expect(harness.server.posted.map(({ target, parts }) => ({ target, parts }))).toEqual(
      ['first words', 'second words'].map((words) => ({
        target: { kind: 'room', room_id: 'general' },
        parts: [{ kind: 'text', text: words }],
      })),
    )
    const ended = socket.frames.find((frame) => frame.op === 'STATUS' && frame.state === 'turn_ended')
    expect(ended).toMatchObject({
      detail: { warnings: [expect.stringContaining('a message to local:room:ops was not sent')] },
    })
    // The next turn has none of the calls of this one.
    await acked(socket, socket.wake(harness.server.message('and now?')))
    expect(harness.server.posted).toHaveLength(2)
  })
})
