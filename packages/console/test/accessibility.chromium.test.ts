import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import type { Browser, Page } from 'playwright-core'
import { until } from '../../../test/support/condition.ts'
import { attach } from './support/agents.ts'
import { violations } from './support/axe.ts'
import { openPage, startBrowser } from './support/browser.ts'
import { type ConsoleServer, said, startConsole } from './support/console-server.ts'

/** Each test drives a real browser. */
const BROWSER_MS = 90_000

let server: ConsoleServer
let browser: Browser & AsyncDisposable
let thread = ''

beforeAll(async () => {
  ;[server, browser] = await Promise.all([
    startConsole({
      config: {
        rooms: [{ id: 'general', name: 'General', members: ['alpha', 'beta'] }],
      },
    }),
    startBrowser(),
  ])
  await using alpha = attach({
    url: server.url,
    id: 'alpha',
    subscription: { rooms: [{ id: 'general', wake: 'mentions', approval: true }] },
    onEvent: (event) => event.ack(),
  })
  await alpha.ready
  const { client } = server
  const { message_id: parent } = await client.sendMessage(
    said('A word for @alpha with `code`, a [link](https://example.com) and\n\n- a list', {
      from: 'maya',
      human: true,
    }),
  )
  await using beta = attach({
    url: server.url,
    id: 'beta',
    subscription: { rooms: [{ id: 'general', wake: 'mentions' }] },
    onEvent: (event) => {
      event.status('turn_started')
      event.status('turn_ended', { outcome: 'done', final_text: 'Left unsaid' })
      event.ack()
    },
  })
  await beta.ready
  await client.sendMessage(said('Silently, @beta', { from: 'maya', human: true }))
  await until(
    async () => (await client.listWakes({ final_text: 'held' })).wakes.length === 1,
    'the text of a silent turn is held',
  )
  thread = 'thread_one'
  await client.sendMessage(said('In the thread', { thread, parent }))
  await client.sendMessage({
    target: { kind: 'dm', dm_id: 'dm_one', participant_ids: ['alpha', 'operator'] },
    from: { type: 'agent', id: 'alpha' },
    parts: [
      { kind: 'text', text: 'Between us' },
      { kind: 'data', data: { passed: 3 } },
    ],
  })
}, BROWSER_MS)

afterAll(async () => {
  await browser[Symbol.asyncDispose]()
  await server[Symbol.asyncDispose]()
})

interface Place {
  name: string
  path: () => string
  /** What stands there once it is loaded. */
  shows: string
  /** Opens what lies over the view. */
  open?: (page: Page) => Promise<void>
}

const PLACES: Place[] = [
  { name: 'overview', path: () => '/console/', shows: 'Waits for an operator|waits for an operator' },
  { name: 'inbox', path: () => '/console/inbox', shows: 'Left unsaid' },
  { name: 'agents', path: () => '/console/agents', shows: 'of . connected' },
  { name: 'one agent', path: () => '/console/agents/alpha', shows: 'Last wakes' },
  { name: 'events', path: () => '/console/events', shows: 'As they happen' },
  { name: 'pairings', path: () => '/console/pairings', shows: 'No pairing' },
  { name: 'room', path: () => '/console/rooms/general', shows: 'A word for' },
  { name: 'room and its details', path: () => '/console/rooms/general/details', shows: 'Attach an agent' },
  { name: 'thread', path: () => `/console/rooms/general/threads/${thread}`, shows: 'In the thread' },
  { name: 'direct channel', path: () => '/console/direct/dm_one', shows: 'Between us' },
  { name: 'nothing', path: () => '/console/nothing/here', shows: 'There is nothing here' },
  {
    name: 'palette',
    path: () => '/console/',
    shows: 'Overview',
    open: async (page) => {
      await page.keyboard.press('Control+k')
      await page.getByRole('option').first().waitFor()
    },
  },
  {
    name: 'dialog that creates a room',
    path: () => '/console/',
    shows: 'Overview',
    open: async (page) => {
      await page.getByRole('button', { name: 'Create a room' }).click()
      await page.getByRole('dialog').waitFor()
    },
  },
  {
    name: 'dialog with the keys',
    path: () => '/console/',
    shows: 'Overview',
    open: async (page) => {
      await page.keyboard.press('?')
      await page.getByRole('dialog', { name: 'Keys' }).waitFor()
    },
  },
  {
    name: 'dialog with the name of the viewer',
    path: () => '/console/',
    shows: 'Overview',
    open: async (page) => {
      await page.getByRole('button', { name: 'Operator' }).click()
      await page.getByRole('dialog', { name: 'Speak as' }).waitFor()
    },
  },
  {
    name: 'new thread',
    path: () => '/console/rooms/general',
    shows: 'A word for',
    open: async (page) => {
      await page.getByRole('feed').getByText('A word for').click()
      await page.keyboard.press('r')
      await page.getByRole('complementary').waitFor()
    },
  },
  {
    name: 'steps of a delivery',
    path: () => '/console/rooms/general',
    shows: 'A word for',
    open: async (page) => {
      await page
        .getByRole('feed')
        .getByRole('button', { name: /1 held/ })
        .click()
      await page.getByText('held for an operator').waitFor()
    },
  },
  {
    name: 'what would be woken',
    path: () => '/console/rooms/general',
    shows: 'A word for',
    open: async (page) => {
      await page.getByRole('textbox', { name: 'Message General' }).fill('Hello @alpha ')
      await page.getByText('Would').first().waitFor()
    },
  },
  {
    name: 'earlier events',
    path: () => '/console/events',
    shows: 'As they happen',
    open: async (page) => {
      await page.getByRole('button', { name: 'Load earlier events' }).click()
      await page.getByRole('list', { name: 'Events' }).getByRole('listitem').first().waitFor()
    },
  },
]

describe.each(['light', 'dark'] as const)('in the %s theme', (colorScheme) => {
  test(
    'no view breaks a rule of accessibility',
    async () => {
      const { page } = await openPage(browser, { colorScheme, reducedMotion: 'reduce' })
      const faults: string[] = []
      for (const { name, path, shows, open } of PLACES) {
        await page.goto(server.url + path())
        await page.getByText(new RegExp(shows)).first().waitFor()
        // Keys are listened to by then.
        await page.getByText('Live', { exact: true }).waitFor()
        await open?.(page)
        for (const fault of await violations(page)) faults.push(`${name}: ${fault}`)
      }
      expect(faults).toEqual([])
      await page.context().close()
    },
    BROWSER_MS,
  )
})

test.each(['light', 'dark'] as const)(
  'in the %s theme neither the way in nor a session that is over breaks a rule',
  async (colorScheme) => {
    const tokens = [{ id: 'ops', value: 'ops-secret', scopes: ['observe', 'write'] }]
    await using guarded = await startConsole({ config: { auth: { mode: 'bearer', tokens } } })
    const { page } = await openPage(browser, { colorScheme, reducedMotion: 'reduce' })
    await page.goto(`${guarded.url}/console/`)
    await page.getByLabel('Token').waitFor()
    expect(await violations(page)).toEqual([])
    await page.goto(`${guarded.url}/console/?access_token=ops-secret`)
    await page.getByText('Live', { exact: true }).waitFor()
    await guarded.stop()
    await page.getByText('Not connected.').waitFor()
    expect(await violations(page)).toEqual([])
    await guarded.start()
    await page.getByRole('dialog', { name: 'Your session is over' }).waitFor()
    expect(await violations(page)).toEqual([])
    await page.context().close()
  },
  BROWSER_MS,
)

test(
  'on a phone nothing lies beside the screen, and no rule is broken, the navigation open or not',
  async () => {
    const { page } = await openPage(browser, { viewport: { width: 360, height: 740 }, hasTouch: true })
    const faults: string[] = []
    for (const { name, path, shows } of PLACES.filter(({ open }) => open === undefined)) {
      await page.goto(server.url + path())
      await page.getByRole('main').getByText(new RegExp(shows)).first().waitFor()
      const width = await page.evaluate(() => document.documentElement.scrollWidth)
      if (width > 360) faults.push(`${name} is ${width} px wide`)
      for (const fault of await violations(page)) faults.push(`${name}: ${fault}`)
    }
    await page.getByRole('button', { name: 'Open navigation' }).click()
    await page.getByRole('navigation').getByText('General').waitFor()
    for (const fault of await violations(page)) faults.push(`navigation: ${fault}`)
    expect(faults).toEqual([])
    await page
      .getByRole('navigation')
      .getByRole('link', { name: /General/ })
      .click()
    await page.getByRole('feed').getByText('A word for').waitFor()
    await page.getByRole('navigation').waitFor({ state: 'hidden' })
    await page.context().close()
  },
  BROWSER_MS,
)
