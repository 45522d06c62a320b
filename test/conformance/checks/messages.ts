import { beyond, v1, type Check } from '../check.ts'
import { equal, holds, matches } from '../expect.ts'
import { expectError, expectOk } from '../peers/http.ts'

interface StoredMessage {
  id: string
  network_id: string
  origin: { network_id: string; message_id: string }
  target: Record<string, unknown>
  from: Record<string, unknown>
  parts: Record<string, unknown>[]
  mentions?: string[]
  created_at: string
}

const inRoom = (room: string) => ({ kind: 'room', room_id: room })

/** Posting: the stored form, ids, idempotency, parts, mentions. */
export const MESSAGE_CHECKS: readonly Check[] = [
  v1('an accepted message is 202 and is then in the history', async (world) => {
    const room = await world.room()
    const accepted = await world.post(inRoom(room), { from: 'alpha', text: 'first' })
    equal(
      [accepted['accepted'], accepted['thread_created'], accepted['dm_created']],
      [true, false, false],
      'flags',
    )
    matches(
      accepted.message_id,
      /^msg_[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
      'message_id',
    )
    matches(accepted.event_id, /^evt_/, 'event_id')
    const page = expectOk(await world.operator('GET', `/v1/rooms/${room}/messages`), 200, 'history')
    const [message] = page['messages'] as StoredMessage[]
    holds(message !== undefined, 'the message is there')
    equal(message?.id, accepted.message_id, 'id')
    equal(message?.network_id, world.target.networkId, 'network_id')
    equal(message?.origin, { network_id: world.target.networkId, message_id: accepted.message_id }, 'origin')
    equal(message?.target, inRoom(room), 'target')
    equal(message?.from['fqid'], `molt://${world.target.networkId}/agents/alpha`, 'from.fqid')
    equal(message?.from['network_id'], world.target.networkId, 'from.network_id')
    equal(message?.parts, [{ kind: 'text', text: 'first' }], 'parts')
    matches(message?.created_at, /\.\d{9}Z$/, 'created_at')
    equal(page['page'], { has_more: false }, 'page')
  }),
  v1('the same id again gives the same answer and stores nothing', async (world) => {
    const room = await world.room()
    const id = world.id('msg')
    const first = await world.post(inRoom(room), { id })
    const stream = await world.stream()
    const again = await world.post(inRoom(room), { id })
    equal([again.message_id, again.event_id], [first.message_id, first.event_id], 'ids')
    equal([again['thread_created'], again['dm_created']], [false, false], 'flags')
    const after = await world.post(inRoom(room))
    await stream.event('message.created', 'the next message', after.message_id)
    const messages = expectOk(await world.operator('GET', `/v1/rooms/${room}/messages`), 200, 'history')[
      'messages'
    ] as StoredMessage[]
    equal(messages.filter((message) => message.id === id).length, 1, 'stored once')
    holds(
      !stream.events.all.some((event) => (event.data['message'] as { id?: string } | undefined)?.id === id),
      'no second event',
    )
  }),
  beyond('the same id with other content or another place is 409', async (world) => {
    const [room, other] = [await world.room(), await world.room()]
    const id = world.id('msg')
    await world.post(inRoom(room), { id, text: 'one' })
    expectError(
      await world.operator('POST', '/v1/messages', {
        body: world.message(inRoom(room), { id, text: 'two' }),
      }),
      409,
      'other text',
    )
    expectError(
      await world.operator('POST', '/v1/messages', {
        body: world.message(inRoom(other), { id, text: 'one' }),
      }),
      409,
      'other room',
    )
    expectError(
      await world.operator('POST', '/v1/messages', {
        body: world.message(inRoom(room), { id, text: 'one', from: 'someone-else' }),
      }),
      409,
      'other sender',
    )
  }),
  v1('bodies that break a rule are 422, bodies of wrong types 400', async (world) => {
    const room = await world.room()
    const post = (body: unknown) => world.operator('POST', '/v1/messages', { body })
    const good = world.message(inRoom(room))
    expectError(await post({ ...good, parts: [] }), 422, 'no parts')
    expectError(
      await post({ ...good, target: { kind: 'planet', room_id: room } }),
      422,
      'unknown target kind',
    )
    expectError(await post({ ...good, target: { kind: 'room' } }), 422, 'room without id')
    expectError(await post({ ...good, parts: [{ kind: 'hologram' }] }), 422, 'unknown part kind')
    expectError(
      await post({ ...good, parts: [{ kind: 'url', url: 'javascript:alert(1)' }] }),
      422,
      'bad url scheme',
    )
    expectError(await post({ ...good, id: '.dot' }), 422, 'bad id')
    expectError(await post({ ...good, parts: 'text' }), 400, 'parts of the wrong type')
    expectError(await post({ ...good, from: 7 }), 400, 'from of the wrong type')
    expectError(await world.operator('POST', '/v1/messages', { raw: 'hello' }), 400, 'no JSON')
    expectError(await world.operator('POST', '/v1/messages', { raw: '' }), 400, 'empty body')
  }),
  v1('every kind of part is kept, and what is not plain text is an artifact', async (world) => {
    const room = await world.room()
    const parts = [
      { kind: 'text', text: 'see' },
      { kind: 'url', url: 'https://example.com/a' },
      { kind: 'file', filename: 'a.txt', media_type: 'text/plain', url: 'molt://other/artifacts/x' },
      { kind: 'data', data: { a: { b: [1, null, 'x'] } } },
      { kind: 'image', url: 'http://example.com/i.png' },
      { kind: 'audio', url: 'http://example.com/a.ogg' },
    ]
    const body = { target: inRoom(room), from: { type: 'agent', id: 'alpha' }, parts }
    const { message_id: id } = expectOk(
      await world.operator('POST', '/v1/messages', { body }),
      202,
      'post',
    ) as { message_id: string }
    const [message] = expectOk(await world.operator('GET', `/v1/rooms/${room}/messages`), 200, 'history')[
      'messages'
    ] as StoredMessage[]
    equal(message?.parts, parts, 'parts')
    const artifacts = expectOk(
      await world.operator('GET', `/v1/artifacts?room_id=${room}`),
      200,
      'artifacts',
    )['artifacts'] as Record<string, unknown>[]
    equal(
      artifacts.map((artifact) => artifact['id']),
      [1, 2, 3, 4, 5].map((index) => `art_${id}_${index}`),
      'artifact ids',
    )
    equal(
      [artifacts[1]?.['filename'], artifacts[1]?.['media_type'], artifacts[1]?.['part_index']],
      ['a.txt', 'text/plain', 2],
      'artifact fields',
    )
    equal(artifacts[1]?.['fqid'], `molt://${world.target.networkId}/artifacts/art_${id}_2`, 'artifact fqid')
  }),
  v1('mentions are resolved against the members, unique and in order', async (world) => {
    const room = await world.room({ members: ['beta', 'gamma', 'net-x:delta'] })
    const fqid = (id: string) => `molt://${world.target.networkId}/agents/${id}`
    const { message_id: id } = await world.post(inRoom(room), {
      text: `@gamma and <@${fqid('beta')}> and @nobody and @gamma again and @net-x:delta`,
      extra: { mentions: ['beta'] },
    })
    const [message] = expectOk(await world.operator('GET', `/v1/rooms/${room}/messages`), 200, 'history')[
      'messages'
    ] as StoredMessage[]
    equal(message?.id, id, 'the message')
    equal(message?.mentions, [fqid('beta'), fqid('gamma'), 'molt://net-x/agents/delta'], 'mentions')
  }),
  v1('a name that two networks have is ambiguous and mentions nobody', async (world) => {
    const room = await world.room({ members: ['beta', 'net-x:beta'] })
    await world.post(inRoom(room), { text: '@beta hello' })
    const [message] = expectOk(await world.operator('GET', `/v1/rooms/${room}/messages`), 200, 'history')[
      'messages'
    ] as StoredMessage[]
    equal(message?.mentions ?? [], [], 'mentions')
  }),
  beyond(
    'punctuation after a mention does not break it, an e-mail address mentions nobody',
    async (world) => {
      const room = await world.room({ members: ['beta', 'gamma'] })
      await world.post(inRoom(room), { text: '(@beta), please. Write to bob@gamma.com!' })
      const [message] = expectOk(await world.operator('GET', `/v1/rooms/${room}/messages`), 200, 'history')[
        'messages'
      ] as StoredMessage[]
      equal(message?.mentions, [`molt://${world.target.networkId}/agents/beta`], 'mentions')
    },
  ),
  v1('created_at strictly increases in the order of the history', async (world) => {
    const room = await world.room()
    await Promise.all(Array.from({ length: 30 }, (_, i) => world.post(inRoom(room), { text: `m${i}` })))
    const messages = expectOk(await world.operator('GET', `/v1/rooms/${room}/messages`), 200, 'history')[
      'messages'
    ] as StoredMessage[]
    equal(messages.length, 30, 'messages')
    for (let i = 1; i < messages.length; i++) {
      holds((messages[i - 1]?.created_at as string) < (messages[i]?.created_at as string), 'created_at grows')
    }
  }),
  beyond('a body over 1 MiB is 413, and so is a message whose frame would be', async (world) => {
    const room = await world.room()
    const big = await world.operator('POST', '/v1/messages', {
      body: world.message(inRoom(room), { text: 'x'.repeat(1_100_000) }),
    })
    equal([big.status, big.json['code']], [413, 'payload_too_large'], 'body')
    const frame = await world.operator('POST', '/v1/messages', {
      body: world.message(inRoom(room), { text: '\u0001'.repeat(170_000) }),
    })
    holds(
      frame.status === 413 || frame.status === 202,
      `a message of control characters is 202 or 413, got ${frame.status}`,
    )
    const near = await world.operator('POST', '/v1/messages', {
      body: world.message(inRoom(room), { text: 'x'.repeat(1_048_576 - 400) }),
    })
    equal(near.status, 413, 'a body that fits but whose frame does not')
  }),
]
