import { attack, type Check } from '../../conformance/check.ts'
import { withstands } from '../../conformance/expect.ts'
import { expectOk } from '../../conformance/peers/http.ts'
import { messageIdOf } from '../../conformance/peers/attach.ts'
import { rawStatus, statusOf } from '../../conformance/peers/raw.ts'
import type { World } from '../../conformance/world.ts'
import { claim, inRoom, refused, say } from './steps.ts'

/** Names and values of the series of `moltnet_http_requests_total`. */
async function series(world: World): Promise<string[]> {
  const { text } = await world.operator('GET', '/metrics')
  return text.split('\n').filter((line) => line.startsWith('moltnet_http_requests_total{'))
}

/** Connections and requests that outstay or outnumber what they should. */
export const CONNECTION_ATTACKS: readonly Check[] = [
  attack(
    'an agent that was removed goes on listening on its open socket',
    async (world) => {
      const agent = await claim(world, 'eve')
      const room = await world.room({ members: [agent.id, 'ann'] })
      const socket = await world.attach(agent.id, { token: agent.token })
      const before = await world.post(inRoom(room))
      await socket.event('message.created', 'a message while it was a member', before.message_id)
      const watcher = await world.stream()
      let removed = false
      const afterwards: string[] = []
      const chatter = Array.from({ length: 20 }, async () => {
        // Those posted before the answer may still have been sent; those posted after it must not.
        const late = removed
        const { message_id: id } = await world.post(inRoom(room))
        if (late) afterwards.push(id)
      })
      const answer = await world.operator('DELETE', `/v1/agents/${agent.id}`)
      removed = true
      expectOk(answer, 200, 'removing it')
      await Promise.all(chatter)
      for (let i = 0; i < 5; i++) afterwards.push((await world.post(inRoom(room))).message_id)
      await watcher.event('message.created', 'others go on', afterwards.at(-1))
      const code = await socket.frames
        .end('the socket')
        .catch(() => withstands(false, 'the socket is closed'))
      withstands(code === '1008', `it is closed with 1008: ${String(code)}`)
      withstands(socket.frames.all.at(-1)?.op === 'ERROR', 'ERROR is the last frame')
      const seen = new Set(socket.frames.all.map(messageIdOf))
      withstands(!afterwards.some((id) => seen.has(id)), 'no frame after the answer')
      if (agent.token === undefined) return
      refused(await say(world, agent, { target: inRoom(room) }), 401, 'speaking with its old token')
      refused(await world.http('GET', '/v1/rooms', { token: agent.token }), 401, 'reading with it')
    },
    { claims: true },
  ),
  attack('long random paths fill the metrics', async (world) => {
    const noise = () => crypto.randomUUID().repeat(20)
    const probe = async (marker: string) => {
      const paths = [
        `/v1/rooms/${marker}${noise()}`,
        `/v1/${marker}/${noise()}`,
        `/${marker}${noise()}`,
        `/console/${marker}${noise()}`,
        `/v1/threads/${marker}${noise()}/messages?before=${noise()}`,
      ]
      for (const path of paths) await rawStatus(world.target.baseUrl, { path })
      const method = `M${marker.toUpperCase()}`
      await rawStatus(world.target.baseUrl, { method, path: '/v1/rooms' })
    }
    await probe('warmup')
    await series(world)
    const before = await series(world)
    for (let i = 0; i < 20; i++) await probe(`noise${i}x`)
    const after = await series(world)
    withstands(
      after.length === before.length,
      `${after.length - before.length} new series: ${after.find((line) => line.includes('noise'))?.slice(0, 80)}`,
    )
    withstands(!after.join('\n').includes('noise'), 'no label holds a part of a path')
  }),
  attack('floods of headers', async (world) => {
    const { baseUrl } = world.target
    const many = Object.fromEntries(
      Array.from({ length: 2_000 }, (_, i) => [`X-Filler-${i}`, 'x'.repeat(64)]),
    )
    const floods: [string, Record<string, string>][] = [
      ['2,000 headers', many],
      ['one of 100 kB', { 'X-Filler': 'x'.repeat(100_000) }],
      ['a cookie of 100 kB', { Cookie: 'a=b; '.repeat(20_000) }],
      ['a token of 100 kB', { Authorization: `Bearer ${'x'.repeat(100_000)}` }],
    ]
    for (const [what, headers] of floods) {
      const status = await rawStatus(baseUrl, { path: '/healthz', headers })
      refused(status, [0, 400, 413, 431], what)
    }
    const endless = Array.from({ length: 256 }, () => `X-Filler: ${'x'.repeat(8_000)}\r\n`)
    const status = await statusOf(baseUrl, [`GET /healthz HTTP/1.1\r\nHost: x\r\n`, ...endless])
    refused(status, [0, 400, 413, 431], 'two megabytes that never end')
    withstands((await world.http('GET', '/readyz')).status === 200, 'the server is ready afterwards')
  }),
  attack('one request is hidden in another', async (world) => {
    const { baseUrl } = world.target
    const host = new URL(baseUrl).host
    const head = `POST /v1/rooms HTTP/1.1\r\nHost: ${host}\r\n`
    const both = `${head}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /metrics HTTP/1.1\r\n\r\n`
    refused(await statusOf(baseUrl, [both]), [0, 400], 'a length and chunks')
    const twice = `${head}Content-Length: 4\r\nContent-Length: 40\r\n\r\n{}  `
    refused(await statusOf(baseUrl, [twice]), [0, 400], 'two lengths')
  }),
]
