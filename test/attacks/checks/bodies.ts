import { attack, type Check } from '../../conformance/check.ts'
import { withstands } from '../../conformance/expect.ts'
import { expectOk } from '../../conformance/peers/http.ts'
import type { World } from '../../conformance/world.ts'
import { history, inRoom, newest, refused } from './steps.ts'

/** Longest time that an answer to any body may take, in milliseconds; a quadratic scan takes minutes. */
const ANSWER_MS = 5_000
/** Largest body, and largest frame of the attachment protocol, in bytes. */
const BODY_BYTES = 1_048_576
const FRAME_BYTES = 1_048_576

const encoder = new TextEncoder()

/** Posts a message whose `parts` are exactly this JSON text. */
function postParts(world: World, room: string, parts: string) {
  const raw = JSON.stringify({ ...world.message(inRoom(room)), parts: 'PARTS' }).replace('"PARTS"', parts)
  return world.operator('POST', '/v1/messages', { raw })
}

const textPart = (json: string) => `[{"kind":"text","text":${json}}]`

/** The server still works. */
async function works(world: World): Promise<void> {
  withstands((await world.http('GET', '/readyz')).status === 200, 'the server is ready afterwards')
}

/** Bodies that are made to hurt whoever parses, keeps or hands them on. */
export const BODY_ATTACKS: readonly Check[] = [
  attack('keys of prototypes are sent along', async (world) => {
    const room = await world.room()
    const evil =
      '{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}},"nested":{"__proto__":{"polluted":true}}}'
    expectOk(await postParts(world, room, `[{"kind":"data","data":${evil}}]`), 202, 'posting')
    const stored = JSON.stringify((await newest(world, `rooms/${room}`))?.parts)
    withstands(!stored.includes('__proto__'), `__proto__ is not handed on: ${stored}`)
    const id = world.id('room')
    const raw = `{"id":"${id}","__proto__":{"visibility":"public"},"constructor":{"prototype":{"members":["eve"]}}}`
    const made = expectOk(await world.operator('POST', '/v1/rooms', { raw }), 201, 'creating a room')
    withstands(made['visibility'] === 'private', 'the room is as private as it would be without')
    withstands(made['members'] === undefined, 'and has no members')
    const clean = expectOk(await world.operator('GET', '/v1/network'), 200, 'network')
    withstands(!JSON.stringify(clean).includes('polluted'), 'no object is polluted')
  }),
  attack('one megabyte of mentions', async (world) => {
    const room = await world.room({ members: ['alpha', 'a'] })
    for (const unit of ['@a:', '@', '<@molt://', '@alpha ']) {
      const started = performance.now()
      const text = unit.repeat(Math.floor(1_000_000 / unit.length))
      const answer = await postParts(world, room, textPart(JSON.stringify(text)))
      expectOk(answer, 202, `posting ${unit}${unit}…`)
      const took = performance.now() - started
      withstands(took < ANSWER_MS, `${unit} takes no more than ${ANSWER_MS} ms: ${Math.round(took)} ms`)
      const mentions = (await newest(world, `rooms/${room}`))?.mentions ?? []
      withstands(mentions.length <= 1, `${unit} mentions nobody twice: ${mentions.length} mentions`)
    }
  }),
  attack('JSON of 100,000 levels', async (world) => {
    const room = await world.room()
    const levels = 100_000
    const bodies = [
      '['.repeat(levels),
      '['.repeat(levels) + ']'.repeat(levels),
      '{"a":'.repeat(levels),
      `{"target":${'['.repeat(levels)}${']'.repeat(levels)}}`,
    ]
    for (const raw of bodies)
      refused(await world.operator('POST', '/v1/messages', { raw }), 422, `${raw.slice(0, 12)}…`)
    const data = '{"a":'.repeat(levels) + '1' + '}'.repeat(levels)
    refused(await postParts(world, room, `[{"kind":"data","data":${data}}]`), 422, 'deep data')
    withstands((await history(world, `rooms/${room}`)).length === 0, 'nothing of it is stored')
    await works(world)
  }),
  attack('lone surrogates', async (world) => {
    const room = await world.room()
    expectOk(await postParts(world, room, textPart('"a\\ud800b\\udc00"')), 202, 'in a text')
    const text = (await newest(world, `rooms/${room}`))?.parts[0]?.text
    withstands(text === 'a\uFFFDb\uFFFD', `they become U+FFFD: ${JSON.stringify(text)}`)
    expectOk(await postParts(world, room, '[{"kind":"data","data":{"k\\udfff":"v\\ud83d"}}]'), 202, 'in data')
    const stored = JSON.stringify((await newest(world, `rooms/${room}`))?.parts)
    withstands(!/\\ud[89a-f]/i.test(stored), `none is handed on in data: ${stored}`)
  }),
  attack('NUL characters', async (world) => {
    const room = await world.room()
    refused(await postParts(world, room, textPart('"a\\u0000b"')), 422, 'in a text')
    refused(await postParts(world, room, '[{"kind":"data","data":{"a\\u0000":1}}]'), 422, 'in a key')
    refused(await postParts(world, room, '[{"kind":"data","data":{"a":["\\u0000"]}}]'), 422, 'in data')
    const from = { type: 'agent', id: 'alpha', name: 'Al\0pha' }
    const body = { ...world.message(inRoom(room)), from }
    refused(await world.operator('POST', '/v1/messages', { body }), 422, 'in a name')
    const named = { id: world.id('room'), name: 'a\0' }
    refused(await world.operator('POST', '/v1/rooms', { body: named }), 422, 'in the name of a room')
    withstands((await history(world, `rooms/${room}`)).length === 0, 'nothing of it is stored')
  }),
  attack('bytes that are no UTF-8', async (world) => {
    const room = await world.room()
    const [before, after] = JSON.stringify(world.message(inRoom(room), { text: 'PLACE' })).split('PLACE')
    const bytes = [
      encoder.encode(before),
      new Uint8Array([0xff, 0xc0, 0x80, 0xed, 0xa0, 0x80]),
      encoder.encode(after),
    ]
    const raw = new Uint8Array(bytes.flatMap((part) => [...part]))
    refused(await world.operator('POST', '/v1/messages', { raw }), [202, 400], 'posting')
    const text = (await newest(world, `rooms/${room}`))?.parts[0]?.text ?? ''
    withstands(
      !text.includes('\0') && text.isWellFormed(),
      `nothing broken is stored: ${JSON.stringify(text)}`,
    )
  }),
  attack('text whose JSON grows sixfold becomes a frame that nobody can take', async (world) => {
    const agent = world.id('agent')
    const room = await world.room({ members: [agent] })
    const socket = await world.attach(agent)
    const post = (count: number) => postParts(world, room, textPart(`"${'\\u0001'.repeat(count)}"`))
    const around = JSON.stringify(world.message(inRoom(room), { text: '' })).length
    const most = Math.floor((BODY_BYTES - around) / 6)
    refused(await post(most), 413, 'the longest text that fits a body')
    withstands((await history(world, `rooms/${room}`)).length === 0, 'nothing of it is stored')
    // The longest one that is accepted must reach whoever may read it.
    for (let size = most - 20; size > most - 400; size -= 20) {
      const answer = await post(size)
      refused(answer, [202, 413], `${size} control characters`)
      if (answer.status === 413) continue
      const frame = await socket.event('message.created', 'its frame', answer.json['message_id'] as string)
      const bytes = encoder.encode(JSON.stringify(frame)).byteLength
      withstands(bytes <= FRAME_BYTES, `its frame has ${bytes} bytes`)
      break
    }
    withstands(socket.frames.closed === undefined, 'the socket lives')
  }),
  attack('mentions make a frame that nobody can take', async (world) => {
    const members = Array.from({ length: 200 }, (_, i) => `${'m'.repeat(120)}${i}`)
    const room = await world.room({ members })
    const call = members.map((member) => `@${member} `).join('')
    const around = JSON.stringify(world.message(inRoom(room), { text: '' })).length
    const text = call + 'x'.repeat(BODY_BYTES - around - call.length - 2_000)
    refused(await postParts(world, room, textPart(JSON.stringify(text))), 413, 'a body of one megabyte')
    withstands((await history(world, `rooms/${room}`)).length === 0, 'nothing of it is stored')
  }),
  attack('a body with 50,000 keys', async (world) => {
    const room = await world.room()
    const keys = Array.from({ length: 50_000 }, (_, i) => `"k${i}":0`).join(',')
    refused(await postParts(world, room, `[{"kind":"data","data":{${keys}}}]`), 422, 'posting')
    await works(world)
  }),
]
