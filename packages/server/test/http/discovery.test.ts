import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { parseNodeConfig } from '@moltnet/config/node'
import { startServer } from '../support/start-server.ts'
import type { RequestOptions, TestServer } from '../support/start-server.ts'

const rooms = [
  { id: 'lobby', name: 'The *Lobby*', visibility: 'public', write_policy: 'registered_agents' },
  { id: 'news', visibility: 'public', write_policy: 'operators' },
  { id: 'null', visibility: 'public', write_policy: 'registered_agents' },
  { id: 'den', members: ['alpha'] },
]
const tokens = [
  { id: 'watch', value: 'observe-token', scopes: ['observe'] },
  { id: 'root', value: 'admin-token', scopes: ['observe', 'admin', 'write'] },
  { id: 'alpha', value: 'alpha-token', scopes: ['attach'], agents: ['alpha'] },
  { id: 'node', value: 'node-token', scopes: ['attach'], agents: ['alpha', 'beta'] },
]

async function textOf(server: TestServer, path: string, options: RequestOptions = {}) {
  const answer = await server.request(path, options)
  expect(answer.status).toBe(200)
  return answer.text()
}

/** Every `MoltnetNode` of a document, with an id in the place of the reader's. */
function nodeFiles(text: string): string[] {
  return [...text.matchAll(/```yaml\n([\s\S]*?)```/g)].map((match) =>
    (match[1] as string).replace('YOUR-ID', 'zeta'),
  )
}

describe('in an open network', () => {
  let server: TestServer
  beforeAll(async () => {
    server = await startServer({
      storage: 'memory',
      config: { network: { id: 'town', name: 'Town `Hall`\u202e' }, rooms, auth: { mode: 'open', tokens } },
    })
  })
  afterAll(() => server.stop())

  test('llms.txt leads to everything else, under the address that was used', async () => {
    const text = await textOf(server, '/llms.txt', { headers: { Host: 'town.example:81' } })
    for (const path of ['/install.md', '/skill.md', '/console/', '/v1/network'])
      expect(text).toContain(`(http://town.example:81${path})`)
  })

  test('a stranger learns how to claim an id, and of public rooms only', async () => {
    const text = await textOf(server, '/install.md')
    expect(text).toContain('# Join Town \\`Hall\\`')
    expect(text).toContain(`<${server.url}>`)
    expect(text).toContain('--auth-mode open --registration open --token-path .moltnet/agent.token')
    expect(text).toContain('`lobby`: The \\*Lobby\\*')
    expect(text).not.toContain('den')
  })

  test('a stranger is told no command that would fail', async () => {
    const text = await textOf(server, '/skill.md')
    expect(text).toContain('moltnet connect')
    expect(text).toContain('moltnet read --target room:')
    expect(text).not.toContain('moltnet send')
    expect(text).not.toContain('moltnet admin')
    expect(text).not.toContain('dm:')
  })

  test('an agent is told where it can speak', async () => {
    const { body } = await server.json<{ agent_token: string }>('/v1/agents/register', {
      body: { requested_agent_id: 'zeta' },
    })
    const text = await textOf(server, '/skill.md', { token: body.agent_token })
    expect(text).toMatch(/moltnet send --target room:(lobby|null) /)
    expect(text).toContain('moltnet send --dm')
    expect(text).not.toContain('moltnet connect')
    expect(text).not.toContain('moltnet admin')
  })

  test('every MoltnetNode validates, with this network filled in', async () => {
    const files = nodeFiles(await textOf(server, '/install.md'))
    expect(files).toHaveLength(7)
    const kinds: string[] = []
    for (const file of files) {
      const { config } = await parseNodeConfig(file, { features: 'all' })
      const [attachment] = config.attachments
      kinds.push(attachment?.runtime.kind as string)
      expect(attachment?.moltnet).toMatchObject({ baseUrl: server.url, networkId: 'town', authMode: 'open' })
      expect(attachment?.rooms.map(({ id, wake }) => `${id} ${wake}`)).toEqual([
        'lobby mentions',
        'news never',
        'null mentions',
      ])
      expect(attachment?.dms.enabled).toBe(true)
    }
    expect(kinds).toEqual(['claude-code', 'codex', 'openclaw', 'picoclaw', 'tinyclaw', 'pi', 'command'])
  })
})

describe('with bearer auth', () => {
  let server: TestServer
  beforeAll(async () => {
    server = await startServer({
      storage: 'memory',
      config: { rooms, auth: { mode: 'bearer', tokens }, server: { direct_messages: false } },
    })
  })
  afterAll(() => server.stop())

  test('an observer is taught to read and not to send', async () => {
    const text = await textOf(server, '/skill.md', { token: 'observe-token' })
    expect(text).toContain('moltnet read --target room:')
    expect(text).not.toContain('moltnet send')
    expect(text).not.toContain('moltnet admin')
  })

  test('an operator is taught administration, with quoted values', async () => {
    const text = await textOf(server, '/skill.md', { token: 'admin-token', headers: { Host: '[::1]:8787' } })
    expect(text).toContain(
      "moltnet admin room members add --room ROOM-ID --member AGENT-ID --base-url 'http://[::1]:8787' --token-env",
    )
    expect(text).toContain('moltnet send --target room:')
  })

  test('an agent that is a member is shown its own rooms and no direct messages', async () => {
    const text = await textOf(server, '/skill.md', { token: 'alpha-token' })
    expect(text).toContain('moltnet send --target room:den')
    expect(text).not.toContain('dm:DM-ID')
    expect(text).not.toContain('--dm ')
  })

  test('a token for several agents may send but cannot read, and is told so', async () => {
    const text = await textOf(server, '/skill.md', { token: 'node-token' })
    expect(text).not.toContain('moltnet read')
  })

  test('the node file waits for the token and knows who may write', async () => {
    const [file = ''] = nodeFiles(await textOf(server, '/install.md', { token: 'observe-token' }))
    const { config } = await parseNodeConfig(file, { features: 'all', env: { MOLTNET_TOKEN: 'x' } })
    const [attachment] = config.attachments
    expect(attachment?.moltnet).toMatchObject({
      authMode: 'bearer',
      token: { kind: 'env', name: 'MOLTNET_TOKEN' },
    })
    expect(attachment?.dms.enabled).toBe(false)
  })
})

test('without auth the node file needs no token and every room wakes by mention', async () => {
  await using server = await startServer({ storage: 'memory', config: { rooms } })
  const [file = ''] = nodeFiles(await textOf(server, '/install.md'))
  const { config } = await parseNodeConfig(file, { features: 'all' })
  expect(config.attachments[0]?.moltnet).toMatchObject({ authMode: 'none', token: { kind: 'none' } })
  expect(new Set(config.attachments[0]?.rooms.map((room) => room.wake))).toEqual(new Set(['mentions']))
})

test('host and scheme of a proxy are believed only when it is trusted', async () => {
  const forwarded = { 'X-Forwarded-Host': 'public.example', 'X-Forwarded-Proto': 'https' }
  {
    await using server = await startServer({ storage: 'memory' })
    expect(await textOf(server, '/llms.txt', { headers: forwarded })).toContain(server.url)
  }
  {
    await using server = await startServer({
      storage: 'memory',
      config: { server: { trust_forwarded_proto: true } },
    })
    const text = await textOf(server, '/llms.txt', { headers: forwarded })
    expect(text).toContain(server.url.replace('http:', 'https:'))
  }
  await using server = await startServer({
    storage: 'memory',
    config: { server: { trusted_proxies: ['127.0.0.0/8'] } },
  })
  expect(await textOf(server, '/llms.txt', { headers: forwarded })).toContain(
    '(https://public.example/install.md)',
  )
  const evil = { 'X-Forwarded-Host': 'a.example/`rm -rf`' }
  expect(await textOf(server, '/llms.txt', { headers: evil })).not.toContain('rm -rf')
})
