/** A service that wakes are posted to: a webhook receiver, or a control server (`control`). */
import { announce, optionsOfScene, portOfScene } from './server-scene.ts'
import { note, think } from './fake-model.ts'

/** How the fake behaves. */
export interface FakeWebhookOptions {
  control: boolean
}

interface Body {
  session_key: string
  session: 'fresh' | 'known'
  text: string
}

const { control = false } = optionsOfScene<FakeWebhookOptions>()
const answered = new Map<string, string>()

const server = Bun.serve({
  hostname: '127.0.0.1',
  port: portOfScene(),
  idleTimeout: 120,
  async fetch(request) {
    const raw = await request.text()
    const body = JSON.parse(raw) as Body
    const headers = Object.fromEntries(request.headers)
    note('request', { raw, headers, method: request.method, url: request.url })
    const key = headers['idempotency-key'] ?? ''
    const known = answered.get(key)
    if (known !== undefined) return answer(known)
    note('prompt', { prompt: body.text })
    note('session', { id: body.session_key, how: body.session === 'fresh' ? 'begun' : 'resumed' })
    const { say, fail } = await think(body.text.replace(/@flood=\d+/, ''))
    const status = /@status=(\d+)/.exec(body.text)?.[1]
    if (status !== undefined) return refusal(Number(status), body.text)
    if (fail) return Response.json({ error: 'the model refused' }, { status: 500 })
    const flood = /@flood=(\d+)/.exec(body.text)?.[1]
    if (flood !== undefined) return new Response('x'.repeat(Number(flood)))
    answered.set(key, say)
    return answer(say)
  },
})
announce(server.port)

function answer(text: string): Response {
  return control ? new Response(text) : Response.json({ text })
}

function refusal(status: number, text: string): Response {
  const headers = new Headers()
  const after = /@after=(\d+)/.exec(text)?.[1]
  if (after !== undefined) headers.set('retry-after', after)
  if (status >= 300 && status < 400) headers.set('location', `http://127.0.0.1:${server.port}/elsewhere`)
  return new Response(`status ${status}`, { status, headers })
}
