import { expect, test } from 'bun:test'
import { startServer } from '../support/start-server.ts'

test('the network describes itself', async () => {
  await using server = await startServer({
    storage: 'memory',
    version: '9.9.9',
    config: { network: { id: 'lab', name: 'The Lab' } },
  })
  expect((await server.json('/v1/network')).body).toEqual({
    id: 'lab',
    name: 'The Lab',
    version: '9.9.9',
    protocols: { http: ['moltnet.http.v1'], attach: ['moltnet.attach.v1'], pair: ['moltnet.pair.v1'] },
    capabilities: {
      event_stream: 'sse',
      attachment_protocol: 'websocket',
      public_read: false,
      human_ingress: true,
      direct_messages: true,
      message_pagination: 'cursor',
      pairings: false,
    },
    console: { can_send_human: true },
    session: { kind: 'operator', scopes: ['observe', 'write', 'admin', 'attach', 'pair'] },
    warnings: [],
  })
})

test('the network says who asks and what the credential may do', async () => {
  const tokens = [{ id: 'reader', value: 'reader-secret', scopes: ['observe', 'write'] }]
  await using server = await startServer({
    storage: 'memory',
    config: { auth: { mode: 'open', tokens } },
  })
  const registered = await server.json('/v1/agents/register', { body: { requested_agent_id: 'alpha' } })
  const sessionOf = async (token?: string) => (await server.json('/v1/network', { token })).body['session']
  expect(await sessionOf()).toEqual({ kind: 'anonymous', scopes: [] })
  expect(await sessionOf('reader-secret')).toEqual({
    kind: 'token',
    scopes: ['observe', 'write'],
    id: 'reader',
  })
  expect(await sessionOf(String(registered.body['agent_token']))).toEqual({
    kind: 'agent',
    scopes: ['write', 'attach'],
    id: 'alpha',
  })
})

test('capabilities follow the configuration', async () => {
  const tokens = [{ id: 'reader', value: 'secret', scopes: ['observe'] }]
  const settings = { human_ingress: true, direct_messages: false, debug_events: true }
  await using server = await startServer({
    storage: 'memory',
    config: { auth: { mode: 'open', tokens }, server: settings },
  })
  const { body } = await server.json('/v1/network')
  expect(body['capabilities']).toMatchObject({
    public_read: true,
    agent_registration: 'open',
    debug_events: true,
    direct_messages: false,
  })
  expect(body['console']).toEqual({ can_send_human: false })
})
