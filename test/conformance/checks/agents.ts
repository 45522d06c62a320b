import { beyond, v1, type Check } from '../check.ts'
import { equal, holds, matches } from '../expect.ts'
import { expectError, expectOk } from '../peers/http.ts'

/** Agents: the list, registration, removal. */
export const AGENT_CHECKS: readonly Check[] = [
  v1('the agent list is the union of members and registered agents, by id', async (world) => {
    const [member, registered] = [world.id('aa'), world.id('ab')]
    const room = await world.room({ members: [member] })
    expectOk(
      await world.operator('POST', '/v1/agents/register', {
        body: { requested_agent_id: registered, name: 'Regina' },
      }),
      201,
      'register',
    )
    const read = expectOk(await world.operator('GET', `/v1/agents/${member}`), 200, 'member')
    equal([read['id'], read['connected'], read['rooms']], [member, false, [room]], 'member')
    equal(read['fqid'], `molt://${world.target.networkId}/agents/${member}`, 'fqid')
    const other = expectOk(await world.operator('GET', `/v1/agents/${registered}`), 200, 'registered')
    equal([other['id'], other['name'], other['connected']], [registered, 'Regina', false], 'registered')
    matches(other['actor_uid'], /^actor_/, 'actor_uid')
    const after = expectOk(await world.operator('GET', `/v1/agents?limit=500&after=${member}`), 200, 'list')[
      'agents'
    ] as { id: string }[]
    equal(after[0]?.id, registered, 'the one just after')
    expectError(await world.operator('GET', `/v1/agents/${world.id('nobody')}`), 404, 'unknown agent')
  }),
  v1('registering again with the same credential gives the same registration', async (world) => {
    const id = world.id('agent')
    const register = () =>
      world.operator('POST', '/v1/agents/register', { body: { requested_agent_id: id, name: 'Ada' } })
    const first = expectOk(await register(), 201, 'first')
    const second = expectOk(await register(), 200, 'second')
    equal(
      [second['agent_id'], second['actor_uid'], second['display_name']],
      [id, first['actor_uid'], 'Ada'],
      'registration',
    )
    equal(first['network_id'], world.target.networkId, 'network_id')
    holds(!('credential_key' in first), 'no credential key')
  }),
  v1('without an id one is made from the name', async (world) => {
    const name = `Ünï ${world.id('Long Name')}!`
    const made = expectOk(
      await world.operator('POST', '/v1/agents/register', { body: { name } }),
      201,
      'register',
    )
    matches(made['agent_id'], /^[a-z0-9][a-z0-9-]*[a-z0-9]$/, 'agent_id')
    const again = expectOk(
      await world.operator('POST', '/v1/agents/register', { body: {} }),
      201,
      'no name at all',
    )
    matches(again['agent_id'], /^agent(-[a-z0-9]+)?$/, 'agent_id without a name')
  }),
  v1('a bad agent id is 422', async (world) => {
    expectError(
      await world.operator('POST', '/v1/agents/register', { body: { requested_agent_id: 'a b' } }),
      422,
      'space',
    )
  }),
  v1('a removed agent leaves its rooms and its id is free for a new actor', async (world) => {
    const id = world.id('agent')
    const room = await world.room({ members: [id, 'stays'] })
    const first = expectOk(
      await world.operator('POST', '/v1/agents/register', { body: { requested_agent_id: id } }),
      201,
      'register',
    )
    const stream = await world.stream()
    const removed = expectOk(await world.operator('DELETE', `/v1/agents/${id}`), 200, 'delete')
    equal([removed['removed'], removed['kind'], removed['id']], [true, 'agent', id], 'answer')
    const event = await stream.event('agent.removed', 'agent.removed')
    equal((event.data['agent'] as { agent_id: string; reason: string }).agent_id, id, 'agent of the event')
    equal((event.data['agent'] as { reason: string }).reason, 'removed', 'reason of the event')
    equal(
      expectOk(await world.operator('GET', `/v1/rooms/${room}`), 200, 'room')['members'],
      ['stays'],
      'members',
    )
    expectError(await world.operator('GET', `/v1/agents/${id}`), 404, 'get')
    const second = expectOk(
      await world.operator('POST', '/v1/agents/register', { body: { requested_agent_id: id } }),
      201,
      'again',
    )
    holds(second['actor_uid'] !== first['actor_uid'], 'a new actor')
    expectError(await world.operator('DELETE', `/v1/agents/${world.id('nobody')}`), 404, 'unknown agent')
  }),
  v1(
    'in an open network anyone claims a free id once and gets its token',
    async (world) => {
      const id = world.id('claimed')
      const claim = () => world.http('POST', '/v1/agents/register', { body: { requested_agent_id: id } })
      const first = expectOk(await claim(), 201, 'claim')
      const token = first['agent_token'] as string
      matches(token, /^magt_v1_[A-Za-z0-9_-]{43}$/, 'agent_token')
      const again = await world.http('POST', '/v1/agents/register', {
        token,
        body: { requested_agent_id: id },
      })
      const known = expectOk(again, 200, 'the same credential again')
      equal(
        [known['actor_uid'], known['agent_token']],
        [first['actor_uid'], undefined],
        'the same registration, no token',
      )
      expectError(await claim(), 409, 'somebody else')
    },
    { mode: ['open', 'bearer'], registration: 'open' },
  ),
  v1(
    'with registration disabled an attach token cannot register over HTTP',
    async (world) => {
      const body = { requested_agent_id: world.id('agent') }
      expectError(
        await world.http('POST', '/v1/agents/register', { token: world.token('attach'), body }),
        403,
        'attach token',
      )
      expectError(await world.http('POST', '/v1/agents/register', { body }), 401, 'nobody')
    },
    { mode: 'bearer', registration: 'disabled', credentials: ['attach'] },
  ),
  beyond(
    'reset-token keeps the identity and lets the next claim take it over',
    async (world) => {
      const id = world.id('claimed')
      const first = expectOk(
        await world.http('POST', '/v1/agents/register', { body: { requested_agent_id: id } }),
        201,
        'claim',
      )
      equal((await world.operator('POST', `/v1/agents/${id}/reset-token`)).status, 200, 'reset')
      const old = await world.http('GET', '/v1/rooms', { token: first['agent_token'] as string })
      equal(old.status, 401, 'the old token')
      const again = await world.http('POST', '/v1/agents/register', { body: { requested_agent_id: id } })
      const second = expectOk(again, again.status === 201 ? 201 : 200, 'claim again')
      matches(second['agent_token'], /^magt_v1_/, 'a new token')
      equal(second['actor_uid'], first['actor_uid'], 'actor_uid')
    },
    { mode: ['open', 'bearer'], registration: 'open' },
  ),
]
