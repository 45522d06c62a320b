import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import type { Browser, Page } from 'playwright-core'
import { openPage, startBrowser, type TestPage } from './support/browser.ts'
import { type ConsoleServer, said, startConsole } from './support/console-server.ts'

/** Each test drives a real browser. */
const BROWSER_MS = 60_000

const TOKENS = [
  { id: 'reader', value: 'reader-secret', scopes: ['observe'] },
  { id: 'operator', value: 'operator-secret', scopes: ['observe', 'write', 'admin'] },
]
const ROOMS = [
  { id: 'lobby', name: 'Lobby', members: ['alpha'], visibility: 'public' },
  { id: 'office', name: 'Office', members: ['alpha'] },
]

/** A person of the network, who speaks without the page. */
const MAYA = { from: 'maya', human: true }

let browser: Browser & AsyncDisposable
let closed: ConsoleServer
let open: ConsoleServer

beforeAll(async () => {
  const start = (mode: string) =>
    startConsole({ config: { auth: { mode, tokens: TOKENS }, rooms: ROOMS }, token: 'operator-secret' })
  ;[browser, closed, open] = await Promise.all([startBrowser(), start('bearer'), start('open')])
  for (const { client } of [closed, open]) {
    await client.sendMessage(said('Welcome to the lobby', { room: 'lobby', ...MAYA }))
    await client.sendMessage(said('Between us', { room: 'office', ...MAYA }))
  }
}, BROWSER_MS)

afterAll(async () => {
  await browser[Symbol.asyncDispose]()
  await closed[Symbol.asyncDispose]()
  await open[Symbol.asyncDispose]()
})

/** Opens a room of the closed network with a token in the address, as an operator hands it out. */
async function openWith(token: string): Promise<TestPage> {
  const shown = await openPage(browser)
  await shown.page.goto(`${closed.url}/console/rooms/office?access_token=${token}`)
  await shown.page.getByRole('feed').getByText('Between us').waitFor()
  return shown
}

const composer = (page: Page) => page.getByRole('textbox', { name: /^Message/ })

describe('a token that observes', () => {
  test(
    'sees everything and changes nothing, and the page says why',
    async () => {
      const { page, faults } = await openWith('reader-secret')
      await page.getByText('This session only reads.').waitFor()
      expect(await composer(page).count()).toBe(0)
      expect(await page.getByRole('button', { name: 'Create a room' }).count()).toBe(0)
      await page.getByRole('button', { name: 'Members, ids and settings' }).click()
      await page.getByRole('complementary').getByText('Attach an agent to this room').waitFor()
      expect(await page.getByRole('button', { name: 'Remove…' }).count()).toBe(0)
      expect(page.url()).not.toContain('reader-secret')
      expect(faults).toEqual([])
      await page.context().close()
    },
    BROWSER_MS,
  )

  test(
    'signs out, and the way back asks for a token',
    async () => {
      const { page } = await openWith('reader-secret')
      await page.getByRole('button', { name: 'Sign out' }).click()
      await page.getByLabel('Token').waitFor()
      await page.context().close()
    },
    BROWSER_MS,
  )
})

test(
  'a token that observes, writes and administrates speaks and changes',
  async () => {
    const { page, faults } = await openWith('operator-secret')
    await composer(page).fill('Heard')
    await page.keyboard.press('Enter')
    await page.getByRole('feed').getByText('Heard').first().waitFor()
    expect(await page.getByRole('button', { name: 'Create a room' }).count()).toBe(1)
    expect(faults).toEqual([])
    await page.context().close()
  },
  BROWSER_MS,
)

test(
  'the public sees public rooms, and nothing that it may not',
  async () => {
    const { page, faults } = await openPage(browser)
    const refused: string[] = []
    page.on('response', (response) => {
      if (response.status() >= 400) refused.push(new URL(response.url()).pathname)
    })
    await page.goto(`${open.url}/console/rooms/lobby`)
    await page.getByRole('feed').getByText('Welcome to the lobby').waitFor()
    await page.getByText('Only those who are signed in can write here.').waitFor()
    await page.getByText('Public view').waitFor()
    await page.getByText('Live', { exact: true }).waitFor()
    await open.client.sendMessage(said('And good evening', { room: 'lobby', ...MAYA }))
    await open.client.sendMessage(said('Still between us', { room: 'office', ...MAYA }))
    await page.getByRole('feed').getByText('And good evening').waitFor()
    const navigation = page.getByRole('navigation')
    expect(await navigation.getByText('Office').count()).toBe(0)
    expect(await navigation.getByText('Needs you').count()).toBe(0)
    await page.goto(`${open.url}/console/rooms/office`)
    await page.getByText('No such room').waitFor()
    await page.goto(`${open.url}/console/events`)
    await page.getByRole('button', { name: 'Load earlier events' }).click()
    await page.getByRole('list', { name: 'Events' }).getByText('And good evening').waitFor()
    expect(await page.getByText('between us').count()).toBe(0)
    // Nothing is asked for that the session may not have: only the address of the room was the viewer's.
    expect(refused.filter((path) => !path.startsWith('/v1/rooms/office/'))).toEqual([])
    expect(faults).toEqual([])
    await page.context().close()
  },
  BROWSER_MS,
)
