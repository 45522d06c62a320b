import { afterAll, beforeAll, expect, test } from 'bun:test'
import type { Browser, Page } from 'playwright-core'
import { type PageFaults, startBrowser, watchPage } from '../support/browser.ts'
import { type Fleet, startFleet, untilEnded } from '../support/fleet.ts'
import { temporaryFolder } from '../support/folder.ts'
import { startTestServer, type TestServer, untilConnected, wholeHistory } from '../support/network.ts'
import { until } from '../support/condition.ts'

/** Longest wait for something to appear, in milliseconds; loaded machines are slow. */
const DEADLINE_MS = 30_000

const AGENTS = ['alpha', 'beta']

let folder: AsyncDisposable & { path: string }
let server: TestServer
let fleet: Fleet
let browsers: Browser[]

beforeAll(async () => {
  folder = await temporaryFolder()
  server = await startTestServer({
    folder: folder.path,
    rooms: '[{ id: general, name: General, members: [alpha, beta] }]',
  })
  fleet = await startFleet({ server, folder: folder.path, agents: AGENTS, room: 'general' })
  browsers = await Promise.all([startBrowser(), startBrowser()])
}, 90_000)

afterAll(async () => {
  for (const browser of browsers) await browser.close()
  await fleet[Symbol.asyncDispose]()
  await server[Symbol.asyncDispose]()
  await folder[Symbol.asyncDispose]()
})

/** Opens the room in a browser, as somebody with a name of their own. */
async function enter(browser: Browser, name: string): Promise<{ page: Page; faults: PageFaults }> {
  const page = await browser.newPage({ viewport: { width: 1_280, height: 800 } })
  page.setDefaultTimeout(DEADLINE_MS)
  const faults = await watchPage(page, server.url)
  await page.goto(`${server.url}/console/rooms/general`)
  await page.getByText('Live', { exact: true }).waitFor()
  await page.getByRole('button', { name: 'Operator' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('Name').fill(name)
  await dialog.getByLabel('Id', { exact: true }).fill(name.toLowerCase())
  await page.keyboard.press('Enter')
  await dialog.waitFor({ state: 'detached' })
  return { page, faults }
}

async function say(page: Page, text: string): Promise<void> {
  const field = page.getByRole('textbox', { name: 'Message General' })
  await field.fill(text)
  await field.press('Control+Enter')
  await until(async () => (await field.inputValue()) === '', `${text} is sent`)
}

/** Ids of the messages that stand in the room, from its top to its bottom. */
function shown(page: Page): Promise<(string | null)[]> {
  return page
    .getByRole('feed')
    .locator('[data-message]')
    .evaluateAll((rows) => rows.map((row) => row.getAttribute('data-message')))
}

test('two people and two agents at once, over a kill of the server: all see the same, once and in order', async () => {
  const people = await Promise.all(
    browsers.map((browser, at) => enter(browser, ['Maya', 'Noor'][at] ?? 'Nobody')),
  )
  const pages = people.map(({ page }) => page)
  /** Waits for something in each page. */
  const everywhere = async (look: (page: Page) => Promise<unknown>): Promise<void> => {
    await Promise.all(pages.map(look))
  }
  const [maya, noor] = pages as [Page, Page]
  await Promise.all([say(maya, '@alpha please answer Maya'), say(noor, '@beta please answer Noor')])
  await everywhere((page) => page.getByRole('feed').getByText('answer of alpha').waitFor())
  await everywhere((page) => page.getByRole('feed').getByText('answer of beta').waitFor())
  await everywhere((page) => page.getByRole('feed').getByText('1 spoke').nth(1).waitFor())
  await server.kill()
  await everywhere((page) => page.getByText('Not connected.').waitFor())
  await server.start()
  await untilConnected(server.client, ...AGENTS)
  await everywhere((page) => page.getByText('Live', { exact: true }).waitFor())
  await Promise.all([say(noor, '@alpha and @beta, are you still there?'), say(maya, 'I am.')])
  const history = await until(async () => {
    const all = await wholeHistory(server.client, 'general')
    return all.length === 6 ? all : undefined
  }, 'all is said')
  for (const agent of AGENTS) {
    const asked = history.filter(({ mentions }) => mentions?.some((fqid) => fqid.endsWith(`/${agent}`)))
    expect(asked.length).toBe(2)
    await untilEnded(
      fleet,
      agent,
      asked.map(({ id }) => id),
    )
  }
  await everywhere((page) => page.getByRole('feed').getByText('I am.').waitFor())
  await everywhere((page) => page.getByRole('feed').getByText('are you still there').waitFor())
  const ids = history.map(({ id }) => id)
  await everywhere((page) =>
    until(async () => (await shown(page)).length >= ids.length, 'all messages are drawn'),
  )
  for (const page of pages) expect(await shown(page)).toEqual(ids)
  // That the server could not be reached is said by the browser itself.
  const own = people.map(({ faults }) => ({
    ...faults,
    errors: faults.errors.filter((text) => !text.startsWith('Failed to load resource')),
  }))
  expect(own).toEqual(pages.map(() => ({ errors: [], dialogs: [], foreign: [], violations: [] })))
}, 180_000)
