import { attack, type Check } from '../../conformance/check.ts'
import { withstands } from '../../conformance/expect.ts'
import { expectOk } from '../../conformance/peers/http.ts'
import { HANDSHAKE, rawStatus } from '../../conformance/peers/raw.ts'
import type { World } from '../../conformance/world.ts'
import { consoleCookie, history, inRoom, refused } from './steps.ts'

/** What browsers send with a request that a page of somebody else makes. */
const FOREIGN: readonly Record<string, string>[] = [
  { Origin: 'https://evil.example' },
  { Origin: 'null' },
  { Origin: 'http://127.0.0.1:1' },
  { Origin: 'https://evil.example', 'Sec-Fetch-Site': 'cross-site', 'Sec-Fetch-Mode': 'no-cors' },
  { 'Sec-Fetch-Site': 'cross-site', 'Sec-Fetch-Mode': 'navigate', 'Sec-Fetch-Dest': 'document' },
  { 'Sec-Fetch-Site': 'same-site' },
]

/** Types that a form can send without asking first. */
const SIMPLE_TYPES = ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x']

const ownOrigin = (world: World) => new URL(world.target.baseUrl).origin

/** Posts with the headers of a page; `ambient` is what the browser adds by itself. */
async function postFromPages(world: World, ambient: Record<string, string>): Promise<void> {
  const room = await world.room()
  const body = { ...world.message(inRoom(room)), from: { type: 'human', id: world.id('maya') } }
  const post = (headers: Record<string, string>) =>
    world.http('POST', '/v1/messages', { body, headers: { ...ambient, ...headers } })
  for (const headers of FOREIGN) refused(await post(headers), 403, JSON.stringify(headers))
  for (const type of SIMPLE_TYPES) {
    const headers = { 'Content-Type': type, Origin: ownOrigin(world), 'Sec-Fetch-Site': 'same-origin' }
    refused(await post(headers), 415, `a body of type ${type}`)
  }
  withstands((await history(world, `rooms/${room}`)).length === 0, 'nothing of it is stored')
  const own = { Origin: ownOrigin(world), 'Sec-Fetch-Site': 'same-origin' }
  expectOk(await post(own), 202, 'a page of the server itself')
}

/** What a web page of somebody else can make a browser do. */
export const BROWSER_ATTACKS: readonly Check[] = [
  attack('a page of another site posts with auth off', (world) => postFromPages(world, {}), {
    mode: 'none',
    humanIngress: true,
  }),
  attack(
    'a page of another site posts with the cookie of the console',
    async (world) => {
      const cookie = await consoleCookie(world)
      const reads = await world.http('GET', '/v1/dms', { headers: { Cookie: cookie } })
      expectOk(reads, 200, 'the cookie is a credential')
      await postFromPages(world, { Cookie: cookie })
    },
    { mode: ['bearer', 'open'], credentials: ['operator'], humanIngress: true },
  ),
  attack(
    'a page of another site reads with auth off',
    async (world) => {
      for (const path of ['/v1/rooms', '/v1/events/stream', '/metrics', '/install.md']) {
        for (const headers of FOREIGN)
          refused(await rawStatus(world.target.baseUrl, { path, headers }), 403, path)
      }
    },
    { mode: 'none' },
  ),
  attack(
    'a name that was rebound to this address reads and writes with auth off',
    async (world) => {
      const ask = (path: string, more: object = {}) =>
        rawStatus(world.target.baseUrl, { path, headers: { Host: 'rebound.example:8787' }, ...more })
      for (const path of ['/v1/network', '/v1/dms', '/v1/events/stream', '/console/', '/healthz'])
        refused(await ask(path), 403, path)
      const room = await world.room()
      const body = JSON.stringify(world.message(inRoom(room)))
      refused(await ask('/v1/messages', { method: 'POST', body }), 403, 'POST /v1/messages')
      const handshake = { Host: 'rebound.example:8787', ...HANDSHAKE }
      refused(await ask('/v1/attach', { headers: handshake }), 403, 'the handshake')
      withstands((await history(world, `rooms/${room}`)).length === 0, 'nothing of it is stored')
    },
    { mode: 'none' },
  ),
  attack('a page of another site opens a WebSocket', async (world) => {
    const { baseUrl } = world.target
    const token = world.token('attach')
    const open = (headers: Record<string, string>) =>
      rawStatus(baseUrl, {
        path: '/v1/attach',
        headers: { ...HANDSHAKE, ...(token && { Authorization: `Bearer ${token}` }), ...headers },
      })
    withstands((await open({})) === 101, 'a program without Origin gets its socket')
    withstands((await open({ Origin: ownOrigin(world) })) === 101, 'so does a page of the server itself')
    for (const origin of ['https://evil.example', 'null', 'http://127.0.0.1:1'])
      refused(await open({ Origin: origin }), 403, `Origin: ${origin}`)
  }),
  attack(
    'a token is taken from where a page could put it',
    async (world) => {
      const token = String(world.token('operator'))
      const port = new URL(world.target.baseUrl).port
      const cookie = await consoleCookie(world)
      withstands(!cookie.includes(token), 'the cookie is not the token')
      const asCookie = { Cookie: `moltnet_session_${port}=${token}; moltnet_session=${token}` }
      refused(await world.http('GET', '/v1/dms', { headers: asCookie }), 401, 'the token as a cookie')
      refused(await world.http('GET', `/v1/dms?access_token=${token}`), 401, 'the token in the query')
    },
    { mode: ['bearer', 'open'], credentials: ['operator'] },
  ),
]
