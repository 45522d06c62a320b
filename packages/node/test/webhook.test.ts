import { describe, expect, test } from 'bun:test'
import { createHmac } from 'node:crypto'
import type { DeliveryOutcome, Session } from '../src/adapters/adapter.ts'
import { createControlAdapter } from '../src/adapters/control/control.ts'
import type { WakeBody } from '../src/adapters/http/wake-body.ts'
import { createWebhookAdapter } from '../src/adapters/webhook/webhook.ts'
import { describeAdapter } from './adapter-contract.ts'
import { KEY, wakeOf } from './support/deliver.ts'
import { logged, runLog, sessionOf } from './support/runtime.ts'
import { serverScene } from './support/server-scene.ts'
import type { ServerScene } from './support/server-scene.ts'
import { tempFolder, until } from './support/temp.ts'
import type { TempFolder } from './support/temp.ts'

const common = {
  hasText: true,
  floodHidesText: true,
  hasSessions: false,
  crash: 'failed',
  outlivesNode: true,
} as const

describeAdapter({
  ...common,
  name: 'webhook',
  open: ({ folder }) =>
    serverScene(folder, {
      script: 'fake-webhook.ts',
      runtime: (port) => ({ kind: 'webhook', url: `http://127.0.0.1:${port}/wake` }),
    }),
  missing: /^http:\/\/127\.0\.0\.1:\d+\/wake cannot be reached \(.*\): start it, or set runtime\.url /,
})

describeAdapter({
  ...common,
  name: 'pi by its control URL',
  open: ({ folder }) =>
    serverScene(folder, {
      script: 'fake-webhook.ts',
      options: { control: true },
      runtime: (port) => ({ kind: 'pi', control_url: `http://127.0.0.1:${port}/control` }),
    }),
  missing:
    /^http:\/\/127\.0\.0\.1:\d+\/control cannot be reached \(.*\): start it, or set runtime\.control_url /,
})

interface Service extends AsyncDisposable {
  folder: TempFolder
  scene: ServerScene
  say(text: string, session?: Session, signal?: AbortSignal): Promise<DeliveryOutcome>
  requests(): { raw: string; headers: Record<string, string>; method: string }[]
}

/** A fake service and an adapter that posts to it. */
async function startService({ key, path = '/wake' }: { key?: string; path?: string } = {}): Promise<Service> {
  const folder = tempFolder()
  const scene = await serverScene(folder, { script: 'fake-webhook.ts', runtime: () => ({}) })
  const url = `http://127.0.0.1:${scene.port}${path}`
  const adapter = createWebhookAdapter({ url, key, agentId: 'alpha' })
  const own = sessionOf(KEY)
  return {
    folder,
    scene,
    say: (text, session = own, signal = AbortSignal.timeout(20_000)) =>
      adapter.deliver(wakeOf(text), session, signal),
    requests: () => runLog(folder).filter((line) => line.event === 'request') as never,
    async [Symbol.asyncDispose]() {
      await adapter.close()
      await scene.close()
      folder[Symbol.dispose]()
    },
  }
}

describe('webhook', () => {
  test('posts the wake as JSON, with all that an answer needs', async () => {
    await using service = await startService()
    await service.say('hello')
    const [request] = service.requests()
    expect(request?.method).toBe('POST')
    expect(request?.headers['content-type']).toBe('application/json')
    const { messages, ...body } = JSON.parse(request?.raw ?? '') as WakeBody
    expect(body).toEqual({
      version: 'moltnet.wake.v1',
      network_id: 'local',
      agent_id: 'alpha',
      chat_id: 'local:room:general',
      target: { kind: 'room', room_id: 'general' },
      session_key: KEY,
      session: 'fresh',
      attempt: 1,
      message_ids: ['msg_1'],
      text: 'BOOTSTRAP hello\n',
    } as never)
    expect(messages).toMatchObject([{ id: 'msg_1', parts: [{ kind: 'text', text: 'hello' }] }])
  })

  test('signs time and body with the token, and nothing when there is none', async () => {
    await using service = await startService({ key: 'a secret key' })
    await service.say('hello')
    const [request] = service.requests()
    const [, time, signature] =
      /^t=(\d+),v1=([0-9a-f]{64})$/.exec(request?.headers['x-moltnet-signature'] ?? '') ?? []
    const wanted = createHmac('sha256', 'a secret key').update(`${time}.${request?.raw}`).digest('hex')
    expect(signature).toBe(wanted)
    expect(Math.abs(Date.now() / 1_000 - Number(time))).toBeLessThan(30)
    expect(request?.headers.authorization).toBeUndefined()
    await using unsigned = await startService()
    await unsigned.say('hello')
    expect(unsigned.requests()[0]?.headers).not.toHaveProperty('x-moltnet-signature')
  })

  test('a text in the answer is the last text of the turn; an answer without one has none', async () => {
    await using service = await startService()
    const said = (text: string) => service.say(text, sessionOf(text))
    expect(await said('@say:spoken')).toEqual({ type: 'delivered', text: 'spoken', warnings: [] })
    expect(await said('@status=200')).toEqual({ type: 'delivered', text: '', warnings: [] })
    expect(await said('@status=202')).toEqual({ type: 'delivered', text: '', warnings: [] })
  })

  test.each([
    ['429', { type: 'retry', reason: 'busy', retryAfterMs: 5_000 }],
    ['429 @after=7', { type: 'retry', reason: 'busy', retryAfterMs: 7_000 }],
    ['503 @after=999999', { type: 'retry', reason: 'busy', retryAfterMs: 3_600_000 }],
    ['503', { type: 'retry', reason: 'unavailable' }],
    ['502', { type: 'retry', reason: 'unavailable' }],
    ['504', { type: 'retry', reason: 'unavailable' }],
    ['500', { type: 'failed', reason: 'failed' }],
    ['400', { type: 'failed', reason: 'failed' }],
    ['404', { type: 'failed', reason: 'failed' }],
  ] as const)('status %s', async (status, outcome) => {
    await using service = await startService()
    expect(await service.say(`@status=${status}`)).toMatchObject({
      ...outcome,
      error: expect.stringContaining(`/wake answered ${status.slice(0, 3)}: status ${status.slice(0, 3)}`),
    })
  })

  test('never follows a redirect, because the body is for this address alone', async () => {
    await using service = await startService()
    expect(await service.say('@status=307')).toMatchObject({
      type: 'failed',
      error: expect.stringContaining('redirects elsewhere (307): set runtime.url to the final address'),
    })
    expect(service.requests()).toHaveLength(1)
  })

  test('the same wake has the same key after a lost answer, another after a reported failure', async () => {
    await using service = await startService()
    const keys = () => service.requests().map((request) => request.headers['idempotency-key'])
    const first = service.say('@crash')
    expect((await first).type).toBe('failed')
    await service.scene.stop()
    await service.scene.start()
    await service.say('@status=503')
    await service.say('@status=500')
    await service.say('@status=500')
    await service.say('well')
    const [key] = keys()
    expect(key).toMatch(/^[0-9a-f-]{36}$/)
    expect(keys()).toEqual([key, key, key, `${key}-2`, `${key}-3`])
    const other = sessionOf('another key')
    await service.say('well', other)
    expect(keys().at(-1)).not.toBe(key)
  })

  test('the query of the URL, which may hold a secret, is in no error', async () => {
    await using service = await startService({ path: '/wake?key=secret' })
    const failed = await service.say('@status=500')
    expect(failed).toHaveProperty('error', expect.not.stringContaining('secret'))
    await service.scene.stop()
    const away = await service.say('x')
    expect(away).toHaveProperty('error', expect.not.stringContaining('secret'))
  })

  test('a proxy of the environment never sees what is meant for this machine', async () => {
    await using service = await startService({ key: 'k' })
    const url = `http://127.0.0.1:${service.scene.port}/wake`
    const code = `
      import { createWebhookAdapter } from '${import.meta.dir}/../src/adapters/webhook/webhook.ts'
      import { wakeOf } from '${import.meta.dir}/support/deliver.ts'
      import { sessionOf } from '${import.meta.dir}/support/runtime.ts'
      const adapter = createWebhookAdapter({ url: '${url}', key: 'k', agentId: 'alpha' })
      process.stdout.write((await adapter.deliver(wakeOf('x'), sessionOf(), AbortSignal.timeout(9000))).type)`
    const proxy = 'http://127.0.0.1:1'
    const child = Bun.spawn([process.execPath, '-e', code], {
      env: { PATH: process.env.PATH, http_proxy: proxy, HTTP_PROXY: proxy, ALL_PROXY: proxy },
      stderr: 'inherit',
    })
    expect(await new Response(child.stdout).text()).toBe('delivered')
  }, 20_000)

  test('a request that hangs is ended with its turn', async () => {
    await using service = await startService()
    const abort = new AbortController()
    const turn = service.say(`@wait=${service.folder.join('never')}`, sessionOf(KEY), abort.signal)
    await until('the request', () => logged(service.folder, 'thinking').length === 1)
    abort.abort()
    expect((await turn).type).not.toBe('delivered')
  })
})

describe('control URL', () => {
  test('has the token of the runtime as a bearer token, and takes text, response or reply', async () => {
    const seen: (string | null)[] = []
    const answers = [{ text: 'one' }, { response: 'two' }, { reply: 'three' }, { ok: true }]
    using server = Bun.serve({
      hostname: '127.0.0.1',
      port: 0,
      fetch: (request) => {
        seen.push(request.headers.get('authorization'))
        return Response.json(answers.shift())
      },
    })
    const adapter = createControlAdapter({ url: String(server.url), token: 'secret', agentId: 'alpha' })
    const texts: string[] = []
    for (const _ of [1, 2, 3, 4]) {
      const outcome = await adapter.deliver(wakeOf('x'), sessionOf(KEY), AbortSignal.timeout(5_000))
      if (outcome.type === 'delivered') texts.push(outcome.text)
    }
    expect(texts).toEqual(['one', 'two', 'three', ''])
    expect(new Set(seen)).toEqual(new Set(['Bearer secret']))
  })
})
