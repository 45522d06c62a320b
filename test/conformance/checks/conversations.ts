import { v1, type Check } from '../check.ts'
import { equal, holds } from '../expect.ts'
import { expectError, expectOk } from '../peers/http.ts'

/** Threads, direct conversations and artifacts. */
export const CONVERSATION_CHECKS: readonly Check[] = [
  v1('the first message that targets a thread creates it', async (world) => {
    const room = await world.room({ members: ['beta'] })
    const parent = await world.post({ kind: 'room', room_id: room }, { text: 'parent' })
    const thread = world.id('thread')
    const target = { kind: 'thread', room_id: room, thread_id: thread, parent_message_id: parent.message_id }
    const stream = await world.stream()
    const first = await world.post(target, { text: '@beta one' })
    equal([first['thread_created'], first['dm_created']], [true, false], 'flags of the first')
    const second = await world.post(target, { text: 'two' })
    equal(second['thread_created'], false, 'flag of the second')
    const read = expectOk(await world.operator('GET', `/v1/threads/${thread}`), 200, 'thread')
    equal(
      [read['id'], read['room_id'], read['parent_message_id'], read['message_count']],
      [thread, room, parent.message_id, 2],
      'thread',
    )
    equal(read['fqid'], `molt://${world.target.networkId}/threads/${thread}`, 'fqid')
    const messages = expectOk(await world.operator('GET', `/v1/threads/${thread}/messages`), 200, 'history')[
      'messages'
    ] as { id: string; mentions?: string[]; created_at: string }[]
    equal(
      messages.map((message) => message.id),
      [first.message_id, second.message_id],
      'history',
    )
    equal(
      messages[0]?.mentions,
      [`molt://${world.target.networkId}/agents/beta`],
      'mentions against the room',
    )
    equal(read['last_message_at'], messages[1]?.created_at, 'last_message_at')
    await stream.event('message.created', 'the message', first.message_id)
    const order = stream.events.all
      .map((event) => event.event)
      .filter((type) => type === 'thread.created' || type === 'message.created')
    equal(order.slice(0, 2), ['thread.created', 'message.created'], 'thread.created comes just before')
    const threads = expectOk(await world.operator('GET', `/v1/rooms/${room}/threads`), 200, 'threads')[
      'threads'
    ] as { id: string }[]
    equal(
      threads.map((candidate) => candidate.id),
      [thread],
      'threads of the room',
    )
  }),
  v1('an unknown thread is 404', async (world) => {
    expectError(await world.operator('GET', `/v1/threads/${world.id('nothing')}`), 404, 'get')
    expectError(await world.operator('GET', `/v1/threads/${world.id('nothing')}/messages`), 404, 'messages')
  }),
  v1(
    'the first message creates a DM with its sorted participants',
    async (world) => {
      const dm = world.id('dm')
      const [a, b] = [world.id('zoe'), world.id('abe')]
      const target = { kind: 'dm', dm_id: dm, participant_ids: [a, b] }
      const stream = await world.stream()
      const first = await world.post(target, { from: a })
      equal([first['dm_created'], first['thread_created']], [true, false], 'flags')
      equal((await world.post(target, { from: b }))['dm_created'], false, 'flag of the second')
      const read = expectOk(await world.operator('GET', `/v1/dms/${dm}`), 200, 'dm')
      equal([read['participant_ids'], read['message_count']], [[a, b].sort(), 2], 'participants and count')
      equal(read['fqid'], `molt://${world.target.networkId}/dms/${dm}`, 'fqid')
      const messages = expectOk(await world.operator('GET', `/v1/dms/${dm}/messages`), 200, 'history')[
        'messages'
      ] as { id: string }[]
      equal(messages.length, 2, 'history')
      await stream.event('dm.created', 'dm.created')
      const dms = expectOk(await world.operator('GET', '/v1/dms?limit=500'), 200, 'dms')['dms'] as {
        id: string
      }[]
      holds(
        dms.some((candidate) => candidate.id === dm),
        'the list has it',
      )
    },
    { directMessages: true },
  ),
  v1(
    'a DM needs two different participants, the sender among them counts',
    async (world) => {
      const dm = world.id('dm')
      const body = world.message(
        { kind: 'dm', dm_id: dm, participant_ids: ['solo', 'solo'] },
        { from: 'solo' },
      )
      expectError(await world.operator('POST', '/v1/messages', { body }), 422, 'one participant')
      expectError(await world.operator('GET', `/v1/dms/${dm}`), 404, 'nothing was created')
    },
    { directMessages: true },
  ),
  v1('artifacts are listed by thread and room; none of the three selectors is 422', async (world) => {
    const room = await world.room()
    const thread = world.id('thread')
    const part = [{ kind: 'url', url: 'https://example.com' }]
    await world.post({ kind: 'room', room_id: room }, { extra: { parts: part } })
    await world.post({ kind: 'thread', room_id: room, thread_id: thread }, { extra: { parts: part } })
    const count = async (query: string) =>
      (expectOk(await world.operator('GET', `/v1/artifacts?${query}`), 200, query)['artifacts'] as unknown[])
        .length
    equal(await count(`room_id=${room}`), 2, 'a room includes its threads')
    equal(await count(`thread_id=${thread}`), 1, 'a thread')
    equal(await count(`room_id=${room}&thread_id=${thread}`), 1, 'the thread takes precedence')
    expectError(await world.operator('GET', '/v1/artifacts'), 422, 'no selector')
  }),
]
