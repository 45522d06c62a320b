import { attack, type Check } from '../../conformance/check.ts'
import { equal, withstands } from '../../conformance/expect.ts'
import { expectOk } from '../../conformance/peers/http.ts'
import { claim, history, inDm, inRoom, inThread, refused, say } from './steps.ts'

/** Getting into conversations of others. */
export const CONVERSATION_ATTACKS: readonly Check[] = [
  attack(
    'a thread is named in another room to get around the policy of its own',
    async (world) => {
      const eve = await claim(world, 'eve')
      const ann = await claim(world, 'ann')
      const theirs = await world.room({ members: [ann.id] })
      const mine = await world.room({ members: [eve.id] })
      const thread = world.id('thread')
      expectOk(await say(world, ann, { target: inThread(theirs, thread) }), 202, 'the thread')
      refused(await say(world, eve, { target: inThread(mine, thread) }), [403, 422], 'through her own room')
      refused(await say(world, eve, { target: inThread(theirs, thread) }), 403, 'through its own room')
      const bare = { kind: 'thread', thread_id: thread }
      refused(await say(world, eve, { target: bare }), 403, 'without a room')
      refused(await say(world, eve, { target: inThread(theirs, world.id('new')) }), 403, 'a new thread there')
      for (const path of [`/v1/threads/${thread}`, `/v1/threads/${thread}/messages`])
        refused(await world.http('GET', path, { token: eve.token }), 403, `reading ${path}`)
      equal((await history(world, `threads/${thread}`)).length, 1, 'messages in the thread')
    },
    { registration: 'open' },
  ),
  attack('a thread that exists is moved to another room', async (world) => {
    const [room, other] = [await world.room(), await world.room()]
    const thread = world.id('thread')
    await world.post(inThread(room, thread))
    const body = world.message(inThread(other, thread))
    refused(await world.operator('POST', '/v1/messages', { body }), 422, 'the other room')
    equal((await history(world, `threads/${thread}`)).length, 1, 'messages in the thread')
    const threads = expectOk(await world.operator('GET', `/v1/rooms/${other}/threads`), 200, 'threads')
    equal(threads['threads'], [], 'threads of the other room')
  }),
  attack(
    'a stranger joins a direct conversation by naming it',
    async (world) => {
      const [ann, ben, eve] = [world.id('ann'), world.id('ben'), world.id('eve')]
      const dm = world.id('dm')
      await world.post(inDm(dm, ann, ben), { from: ann })
      const tries: [string, string[]][] = [
        [eve, [ann, ben]],
        [eve, [ann, ben, eve]],
        [eve, [ann, eve]],
        [ann, [ann, ben, eve]],
      ]
      for (const [from, participants] of tries) {
        const body = world.message(inDm(dm, ...participants), { from })
        refused(
          await world.operator('POST', '/v1/messages', { body }),
          [403, 409],
          `${from} as one of ${participants.join(' and ')}`,
        )
      }
      const read = expectOk(await world.operator('GET', `/v1/dms/${dm}`), 200, 'the conversation')
      withstands(
        JSON.stringify(read['participant_ids']) === JSON.stringify([ann, ben].sort()),
        `the participants stay who they were: ${JSON.stringify(read['participant_ids'])}`,
      )
    },
    { directMessages: true },
  ),
  attack(
    'a stranger reads a direct conversation, over HTTP and on a socket',
    async (world) => {
      const [ann, eve] = [await claim(world, 'ann'), await claim(world, 'eve')]
      const dm = world.id('dm')
      const socket = await world.attach(eve.id, { token: eve.token })
      expectOk(await say(world, ann, { target: inDm(dm, ann.id, 'ben') }), 202, 'the conversation')
      const sentinel = await world.room({ members: [eve.id] })
      const last = await world.post(inRoom(sentinel))
      await socket.event('message.created', 'a message that she may see', last.message_id)
      withstands(!JSON.stringify(socket.frames.all).includes(dm), 'her socket got nothing of it')
      if (world.target.mode === 'none') return
      for (const path of [`/v1/dms/${dm}`, `/v1/dms/${dm}/messages`, `/v1/artifacts?dm_id=${dm}`])
        refused(await world.http('GET', path, { token: eve.token }), 403, `reading ${path}`)
      const list = await world.http('GET', '/v1/dms', { token: eve.token })
      withstands(!list.text.includes(dm), 'her list does not show it')
    },
    { claims: true, directMessages: true },
  ),
  attack(
    'a cursor of one conversation is used in another',
    async (world) => {
      const [room, other] = [await world.room(), await world.room()]
      const [thread, dm] = [world.id('thread'), world.id('dm')]
      const secret = await world.post(inRoom(room))
      await world.post(inRoom(other))
      await world.post(inThread(other, thread))
      await world.post(inDm(dm, 'ann', 'ben'), { from: 'ann' })
      for (const conversation of [`rooms/${other}`, `threads/${thread}`, `dms/${dm}`]) {
        for (const way of ['before', 'after']) {
          const path = `/v1/${conversation}/messages?${way}=${secret.message_id}`
          refused(await world.operator('GET', path), 422, path)
        }
      }
    },
    { directMessages: true },
  ),
]
