import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import type { Browser } from 'playwright-core'
import { until } from '../../../test/support/condition.ts'
import { openPage, startBrowser } from './support/browser.ts'
import { said, startConsole } from './support/console-server.ts'

/** Each test drives a real browser. */
const BROWSER_MS = 90_000

let browser: Browser & AsyncDisposable

beforeAll(async () => {
  browser = await startBrowser()
}, BROWSER_MS)

afterAll(() => browser[Symbol.asyncDispose]())

const ROOMS = [{ id: 'general', name: 'General', members: ['alpha'] }]

describe('a server that stops under an open page', () => {
  test(
    'is waited for; what was said meanwhile is there, once and in order',
    async () => {
      await using server = await startConsole({ config: { rooms: ROOMS } })
      await server.client.sendMessage(said('before'))
      const { page } = await openPage(browser)
      await page.goto(`${server.url}/console/rooms/general`)
      const feed = page.getByRole('feed')
      await feed.getByText('before').waitFor()
      await page.getByText('Live', { exact: true }).waitFor()
      await server.stop()
      await page.getByText('Not connected.').waitFor()
      await server.start()
      for (const word of ['first', 'second', 'third']) await server.client.sendMessage(said(word))
      await feed.getByText('third').waitFor()
      await page.getByText('Not connected.').waitFor({ state: 'detached' })
      await server.client.sendMessage(said('fourth'))
      await feed.getByText('fourth').waitFor()
      const texts = await feed.locator('.msg-text').allInnerTexts()
      expect(texts.map((text) => text.trim())).toEqual(['before', 'first', 'second', 'third', 'fourth'])
      await page.context().close()
    },
    BROWSER_MS,
  )

  test(
    'takes its sessions with it: the page asks for a token where it is, and goes on',
    async () => {
      const tokens = [{ id: 'ops', value: 'ops-secret', scopes: ['observe', 'write'] }]
      await using server = await startConsole({
        config: { auth: { mode: 'bearer', tokens }, rooms: ROOMS },
        token: 'ops-secret',
      })
      const { page } = await openPage(browser)
      await page.goto(`${server.url}/console/rooms/general?access_token=ops-secret`)
      await page.getByText('Live', { exact: true }).waitFor()
      const field = page.getByRole('textbox', { name: 'Message General' })
      await field.fill('half a thought')
      await server.stop()
      await server.start()
      const dialog = page.getByRole('dialog', { name: 'Your session is over' })
      await dialog.getByLabel('Token').fill('wrong')
      await dialog.getByRole('button', { name: 'Sign in' }).click()
      await dialog.getByText('unknown or no longer valid').waitFor()
      await server.client.sendMessage(said('said meanwhile', { from: 'maya', human: true }))
      await dialog.getByLabel('Token').fill('ops-secret')
      await dialog.getByRole('button', { name: 'Sign in' }).click()
      await dialog.waitFor({ state: 'detached' })
      await page.getByRole('feed').getByText('said meanwhile').waitFor()
      expect(await field.inputValue()).toBe('half a thought')
      await page.context().close()
    },
    BROWSER_MS,
  )
})

test(
  'a gap in the events is said, and what is shown is loaded again',
  async () => {
    await using server = await startConsole({ config: { rooms: ROOMS } })
    await server.client.sendMessage(said('of the old world'))
    const { page } = await openPage(browser)
    await page.goto(`${server.url}/console/rooms/general`)
    const feed = page.getByRole('feed')
    await feed.getByText('of the old world').waitFor()
    await page.getByText('Live', { exact: true }).waitFor()
    // Without an event the page would have no place in the log that could be unknown.
    await server.client.sendMessage(said('the last of it'))
    await feed.getByText('the last of it').waitFor()
    await server.stop()
    await server.start({ empty: true })
    await server.client.sendMessage(said('of the new world'))
    await page.getByText('A gap in the events').waitFor()
    await feed.getByText('of the new world').waitFor()
    await until(async () => (await feed.getByText('of the old world').count()) === 0, 'the old world is gone')
    await page.getByRole('button', { name: 'Dismiss' }).click()
    await page.getByText('A gap in the events').waitFor({ state: 'detached' })
    await page.context().close()
  },
  BROWSER_MS,
)

test(
  'a page that lost its network says so, and goes on when it is back',
  async () => {
    await using server = await startConsole({ config: { rooms: ROOMS } })
    const { page } = await openPage(browser)
    await page.goto(`${server.url}/console/rooms/general`)
    await page.getByText('Live', { exact: true }).waitFor()
    await server.client.sendMessage(said('before'))
    await page.getByRole('feed').getByText('before').waitFor()
    await page.context().setOffline(true)
    await server.stop()
    await page.getByText('Not connected.').waitFor()
    await server.start()
    await server.client.sendMessage(said('meanwhile'))
    await page.context().setOffline(false)
    await page.getByRole('feed').getByText('meanwhile').waitFor()
    await page.getByText('Live', { exact: true }).waitFor()
    await page.context().close()
  },
  BROWSER_MS,
)

test(
  'a server without an event stream is asked again and again, and never for the stream',
  async () => {
    await using server = await startConsole({ config: { rooms: ROOMS } })
    const { page } = await openPage(browser)
    const asked: string[] = []
    page.on('request', (request) => asked.push(new URL(request.url()).pathname))
    await page.route('**/v1/network', async (route) => {
      const answer = await route.fetch()
      const network = (await answer.json()) as { capabilities: Record<string, unknown> }
      delete network.capabilities['event_stream']
      await route.fulfill({ response: answer, json: network })
    })
    await page.goto(`${server.url}/console/rooms/general`)
    await page.getByText('Polling').waitFor()
    await server.client.sendMessage(said('found by asking'))
    await page.getByRole('feed').getByText('found by asking').waitFor()
    expect(asked).not.toContain('/v1/events/stream')
    await page.context().close()
  },
  BROWSER_MS,
)
