import { beyond, v1, type Check } from '../check.ts'
import { equal, holds } from '../expect.ts'
import { expectError, expectOk } from '../peers/http.ts'
import type { World } from '../world.ts'

interface PageAnswer {
  messages: { id: string }[]
  page: { has_more: boolean; next_before?: string; next_after?: string }
}

async function history(world: World, count: number): Promise<{ room: string; ids: string[] }> {
  const room = await world.room()
  const ids: string[] = []
  for (let i = 0; i < count; i++)
    ids.push((await world.post({ kind: 'room', room_id: room }, { text: `m${i}` })).message_id)
  return { room, ids }
}

async function page(world: World, room: string, query: string): Promise<PageAnswer> {
  return expectOk(
    await world.operator('GET', `/v1/rooms/${room}/messages${query}`),
    200,
    query,
  ) as unknown as PageAnswer
}

/** Cursor paging to the letter. */
export const PAGING_CHECKS: readonly Check[] = [
  v1('without a cursor: the newest, ascending; next_before is the first on the page', async (world) => {
    const { room, ids } = await history(world, 7)
    const got = await page(world, room, '?limit=3')
    equal(
      got.messages.map((message) => message.id),
      ids.slice(4),
      'ids',
    )
    equal(got.page, { has_more: true, next_before: ids[4] }, 'page')
  }),
  v1('walking back by next_before gives every message once', async (world) => {
    const { room, ids } = await history(world, 10)
    const seen: string[] = []
    let got = await page(world, room, '?limit=3')
    for (let i = 0; i < 10; i++) {
      seen.unshift(...got.messages.map((message) => message.id))
      if (!got.page.has_more) break
      got = await page(world, room, `?limit=3&before=${got.page.next_before}`)
    }
    equal(seen, ids, 'ids')
  }),
  v1('walking on by next_after gives every message once', async (world) => {
    const { room, ids } = await history(world, 10)
    const seen = [ids[0] as string]
    let got = await page(world, room, `?limit=4&after=${ids[0]}`)
    for (let i = 0; i < 10; i++) {
      seen.push(...got.messages.map((message) => message.id))
      if (!got.page.has_more) break
      equal(got.page.next_after, got.messages.at(-1)?.id, 'next_after is the last id')
      got = await page(world, room, `?limit=4&after=${got.page.next_after}`)
    }
    equal(seen, ids, 'ids')
  }),
  v1('the ends have no more: no next cursor, has_more false', async (world) => {
    const { room, ids } = await history(world, 3)
    equal(
      await page(world, room, `?before=${ids[0]}`),
      { messages: [], page: { has_more: false } },
      'before the first',
    )
    equal(
      await page(world, room, `?after=${ids[2]}`),
      { messages: [], page: { has_more: false } },
      'after the last',
    )
  }),
  v1('limits: junk is 100, over 500 is 500', async (world) => {
    const { room, ids } = await history(world, 3)
    for (const limit of ['abc', '-1', '0', '99999', '']) {
      equal((await page(world, room, `?limit=${limit}`)).messages.length, ids.length, `limit=${limit}`)
    }
  }),
  v1('both cursors, a malformed or an unknown one are 422', async (world) => {
    const { room, ids } = await history(world, 2)
    for (const query of [
      `before=${ids[0]}&after=${ids[1]}`,
      'before=%20bad',
      'after=msg_unknown',
      'before=msg_unknown',
    ]) {
      expectError(await world.operator('GET', `/v1/rooms/${room}/messages?${query}`), 422, query)
    }
    expectError(await world.operator('GET', '/v1/rooms?after=no-such-room-at-all'), 422, 'rooms')
  }),
  beyond('a cursor from another conversation is 422', async (world) => {
    const { ids } = await history(world, 2)
    const { room } = await history(world, 1)
    expectError(
      await world.operator('GET', `/v1/rooms/${room}/messages?before=${ids[1]}`),
      422,
      'foreign cursor',
    )
  }),
  beyond('a page ends at 4 MiB with at least one item', async (world) => {
    const room = await world.room()
    for (let i = 0; i < 6; i++)
      await world.post({ kind: 'room', room_id: room }, { text: 'x'.repeat(900_000) })
    const got = await page(world, room, '?limit=100')
    holds(
      got.messages.length >= 4 && got.messages.length < 6 && got.page.has_more,
      `the page has ${got.messages.length} of 6 items`,
    )
  }),
]
