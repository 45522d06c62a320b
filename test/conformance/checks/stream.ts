import { beyond, v1, type Check } from '../check.ts'
import { equal, holds, matches } from '../expect.ts'

const inRoom = (room: string) => ({ kind: 'room', room_id: room })

/** The event stream. */
export const STREAM_CHECKS: readonly Check[] = [
  v1('the stream opens with its comment and is text/event-stream', async (world) => {
    const stream = await world.stream()
    const room = await world.room()
    const { message_id: id } = await world.post(inRoom(room))
    await stream.event('message.created', 'the message', id)
    matches(stream.contentType, /^text\/event-stream/, 'Content-Type')
    holds(
      stream.firstBytes.startsWith(': stream-open\n\n'),
      `first bytes are ${JSON.stringify(stream.firstBytes.slice(0, 40))}`,
    )
  }),
  v1('events come in order, with id, type and JSON', async (world) => {
    const room = await world.room()
    const stream = await world.stream()
    const sent: { message_id: string; event_id: string }[] = []
    for (let i = 0; i < 20; i++) sent.push(await world.post(inRoom(room), { text: `m${i}` }))
    await stream.event('message.created', 'the last', sent.at(-1)?.message_id)
    const ours = stream.events.all.filter((event) => sent.some((accepted) => accepted.event_id === event.id))
    equal(
      ours.map((event) => event.id),
      sent.map((accepted) => accepted.event_id),
      'ids in order',
    )
    for (const event of ours) {
      equal(
        [event.data['id'], event.data['type'], event.data['network_id']],
        [event.id, event.event, world.target.networkId],
        'head',
      )
      matches(event.data['created_at'], /\.\d{9}Z$/, 'created_at')
    }
  }),
  v1('Last-Event-ID and last_event_id resume after that event', async (world) => {
    const room = await world.room()
    const first = await world.post(inRoom(room))
    const second = await world.post(inRoom(room))
    for (const how of [{ lastEventId: first.event_id }, { query: `?last_event_id=${first.event_id}` }]) {
      const stream = await world.stream(how)
      await stream.event('message.created', 'the second', second.message_id)
      holds(!stream.events.all.some((event) => event.id === first.event_id), 'the first is not repeated')
    }
  }),
  v1('an unknown cursor gives one gap first, then goes on', async (world) => {
    const room = await world.room()
    const stream = await world.stream({ lastEventId: 'evt_never_was' })
    const { message_id: id } = await world.post(inRoom(room))
    await stream.event('message.created', 'the message', id)
    equal(stream.events.all[0]?.event, 'stream.replay_gap', 'first event')
    equal(stream.events.all.filter((event) => event.event === 'stream.replay_gap').length, 1, 'gaps')
    const gap = stream.events.all[0]?.data['replay_gap'] as Record<string, unknown>
    equal(gap['requested_event_id'], 'evt_never_was', 'requested_event_id')
  }),
  beyond("a gap's own id is a valid cursor for what follows it", async (world) => {
    const room = await world.room()
    const stream = await world.stream({ lastEventId: 'evt_never_was' })
    const gap = await stream.event('stream.replay_gap', 'the gap')
    const later = await world.post(inRoom(room))
    const resumed = await world.stream({ lastEventId: gap.id })
    await resumed.event('message.created', 'the message after the gap', later.message_id)
    equal(
      resumed.events.all.filter((event) => event.event === 'stream.replay_gap').length,
      0,
      'no second gap',
    )
  }),
  v1(
    'the public stream shows public rooms only',
    async (world) => {
      const open = await world.room({ visibility: 'public' })
      const closed = await world.room()
      const stream = await world.stream({ token: undefined })
      const hidden = await world.post(inRoom(closed))
      const shown = await world.post(inRoom(open))
      await stream.event('message.created', 'the public message', shown.message_id)
      holds(
        !stream.events.all.some((event) => event.id === hidden.event_id),
        'the private message is not there',
      )
      const types = new Set(stream.events.all.map((event) => event.event))
      for (const type of types) {
        holds(
          ['message.created', 'room.created', 'room.removed', 'thread.created', 'stream.replay_gap'].includes(
            type,
          ),
          `${type} is not public`,
        )
      }
    },
    { mode: ['bearer', 'open'], publicRead: true },
  ),
]
