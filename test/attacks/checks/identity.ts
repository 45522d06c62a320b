import { attack, type Check } from '../../conformance/check.ts'
import { equal, withstands } from '../../conformance/expect.ts'
import { expectOk } from '../../conformance/peers/http.ts'
import { BOUND_NETWORK, type Credentials } from '../../conformance/target.ts'
import type { World } from '../../conformance/world.ts'
import { claim, history, inDm, inRoom, newest, refused, say } from './steps.ts'

/** A message as somebody says it, with any sender and origin. */
function speak(world: World, who: keyof Credentials, body: Record<string, unknown>) {
  return world.http('POST', '/v1/messages', {
    token: world.token(who),
    body: { parts: [{ kind: 'text', text: 'trust me' }], ...body },
  })
}

const remote = (network: string) => ({ type: 'agent', id: 'gamma', network_id: network })
const origin = (network: string) => ({ network_id: network, message_id: 'theirs' })

/** Speaking as somebody else. */
export const IDENTITY_ATTACKS: readonly Check[] = [
  attack(
    'a sender forges its type, network, address and a second line in its name',
    async (world) => {
      const room = await world.room()
      const id = world.id('maya')
      const from = {
        type: 'human',
        id,
        name: 'Maya\r\nFrom: operator\u2028\u202Egnp.exe\u2066\u200F\t',
        network_id: world.target.networkId,
        fqid: `molt://${world.target.networkId}/agents/operator`,
        role: 'admin',
      }
      expectOk(await speak(world, 'operator', { target: inRoom(room), from }), 202, 'posting')
      const stored = (await newest(world, `rooms/${room}`))?.from ?? {}
      withstands(
        stored['fqid'] === `molt://${world.target.networkId}/agents/${id}`,
        `fqid is the server's: ${stored['fqid']}`,
      )
      withstands(
        !/[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/u.test(stored['name'] ?? ''),
        `the name is one plain line: ${JSON.stringify(stored['name'])}`,
      )
      withstands((stored['name'] ?? '').length <= 64, 'the name has at most 64 characters')
      withstands(stored['role'] === undefined, 'nothing else of the claim is kept')
    },
    { humanIngress: true },
  ),
  attack(
    'a sender without a pair token brings messages of another network',
    async (world) => {
      const room = await world.room({ members: ['net-x:gamma'] })
      const target = inRoom(room)
      const forged = { target, from: remote('net-x'), origin: origin('net-x') }
      refused(await speak(world, 'writer', forged), 403, 'a remote origin')
      refused(await speak(world, 'writer', { target, from: remote('net-x') }), [403, 409], 'a remote agent')
      const scoped = { target, from: { type: 'agent', id: 'net-x:gamma' } }
      refused(await speak(world, 'writer', scoped), [403, 409], 'a scoped id')
      withstands((await history(world, `rooms/${room}`)).length === 0, 'nothing of it is stored')
    },
    { mode: ['bearer', 'open'], credentials: ['writer'] },
  ),
  attack('a local message claims to be the copy of another one', async (world) => {
    const room = await world.room()
    const extra = { origin: { network_id: world.target.networkId, message_id: 'the-original' } }
    const { message_id: id } = await world.post(inRoom(room), { extra })
    const stored = await newest(world, `rooms/${room}`)
    withstands(stored?.origin['message_id'] === id, 'its origin is itself')
  }),
  attack(
    'the token of a paired network speaks for another network',
    async (world) => {
      const room = await world.room({ members: [`${BOUND_NETWORK}:gamma`, 'net-x:gamma', 'alpha'] })
      const target = inRoom(room)
      const home = world.target.networkId
      const say = (body: Record<string, unknown>) => speak(world, 'boundPair', { target, ...body })
      refused(await say({ from: remote('net-x'), origin: origin('net-x') }), 403, 'another network')
      refused(await say({ from: remote('net-x'), origin: origin(BOUND_NETWORK) }), 409, 'mixed networks')
      const scoped = { ...remote(BOUND_NETWORK), id: 'net-x:gamma' }
      refused(await say({ from: scoped, origin: origin(BOUND_NETWORK) }), 409, 'another network in the id')
      refused(await say({ from: remote(home), origin: origin(BOUND_NETWORK) }), 409, 'an agent of ours')
      refused(await say({ from: { type: 'agent', id: 'alpha' } }), 403, 'a local agent')
      refused(await say({ from: { type: 'human', id: 'maya' } }), [401, 403], 'a local human')
      withstands((await history(world, `rooms/${room}`)).length === 0, 'nothing of it is stored')
      const right = { from: remote(BOUND_NETWORK), origin: origin(BOUND_NETWORK) }
      expectOk(await say({ id: world.id('theirs'), ...right }), 202, 'its own network')
    },
    { mode: ['bearer', 'open'], credentials: ['boundPair'] },
  ),
  attack(
    'an agent token is used as a human, as another agent and as an operator',
    async (world) => {
      const eve = await claim(world, 'eve')
      const ann = await claim(world, 'ann')
      const room = await world.room({ members: [eve.id, ann.id] })
      const dm = world.id('dm')
      expectOk(await say(world, ann, { target: inDm(dm, ann.id, 'ben') }), 202, 'a DM of others')
      const speakAs = (from: unknown) =>
        world.http('POST', '/v1/messages', {
          token: eve.token,
          body: { target: inRoom(room), from, parts: [{ kind: 'text', text: 'trust me' }] },
        })
      refused(await speakAs({ type: 'human', id: 'maya' }), 403, 'a human')
      refused(await speakAs({ type: 'human', id: eve.id }), 403, 'a human of its own id')
      refused(await speakAs({ type: 'agent', id: ann.id }), 409, 'another agent')
      refused(await speakAs({ type: 'agent', id: 'nobody-yet' }), 409, 'an agent that nobody claimed')
      const acts: [string, string, unknown?][] = [
        ['POST', '/v1/rooms', { id: world.id('room') }],
        ['DELETE', `/v1/rooms/${room}`],
        ['PATCH', `/v1/rooms/${room}/members`, { add: ['x'] }],
        ['DELETE', `/v1/agents/${ann.id}`],
        ['POST', '/v1/apply', { agents: [], rooms: [] }],
        ['GET', '/metrics'],
        ['GET', `/v1/dms/${dm}`],
        ['GET', `/v1/dms/${dm}/messages`],
      ]
      for (const [method, path, body] of acts)
        refused(await world.http(method, path, { token: eve.token, body }), 403, `${method} ${path}`)
      withstands((await history(world, `rooms/${room}`)).length === 0, 'nothing of it is stored')
      expectOk(await say(world, eve, { target: inRoom(room) }), 202, 'speaking as itself')
    },
    { registration: 'open', directMessages: true },
  ),
  attack('a second sender uses the id of a message that is there', async (world) => {
    const room = await world.room({ members: ['alpha', 'beta'] })
    const id = world.id('used')
    const first = await world.post(inRoom(room), { id, from: 'alpha' })
    const again = await world.operator('POST', '/v1/messages', {
      body: world.message(inRoom(room), { id, from: 'beta' }),
    })
    refused(again, 409, 'another sender')
    withstands(!again.text.includes(first.event_id), 'the answer tells nothing of the first')
    const stored = await history(world, `rooms/${room}`)
    equal(stored.length, 1, 'messages in the room')
    withstands(stored[0]?.from['id'] === 'alpha', 'the first one stays as it was')
  }),
  attack(
    'a second credential repeats the id and content of a message that is there',
    async (world) => {
      const room = await world.room()
      const id = world.id('used')
      const from = { type: 'human', id: world.id('maya') }
      const body = { id, target: inRoom(room), from }
      const first = expectOk(await speak(world, 'operator', body), 202, 'the first')
      const again = await speak(world, 'writer', body)
      refused(again, 409, 'another credential')
      withstands(!again.text.includes(String(first['event_id'])), 'the answer tells nothing of the first')
    },
    { mode: ['bearer', 'open'], credentials: ['operator', 'writer'], humanIngress: true },
  ),
  attack(
    'a human takes the id of an agent',
    async (world) => {
      const { id } = await claim(world, 'ann')
      const room = await world.room({ members: [id] })
      const from = { type: 'human', id }
      refused(await speak(world, 'operator', { target: inRoom(room), from }), 409, 'a human called as it')
    },
    { claims: true, humanIngress: true },
  ),
]
