import { afterAll, beforeAll, expect, test } from 'bun:test'
import type { Browser, Page } from 'playwright-core'
import { type ConsoleServer, said, startConsole } from '../../packages/console/test/support/console-server.ts'
import { type PageFaults, startBrowser, watchPage } from '../support/browser.ts'
import { until } from '../support/condition.ts'
import { partsWith, XSS_PAYLOADS } from './xss-corpus.ts'

let server: ConsoleServer
let browser: Browser
let page: Page
let faults: PageFaults

/** A network in which every name that somebody can choose, and everything that is said, is a payload. */
beforeAll(async () => {
  ;[server, browser] = await Promise.all([
    startConsole({ config: { rooms: [{ id: 'general', name: 'General', members: ['alpha', 'beta'] }] } }),
    startBrowser(),
  ])
  const { client } = server
  for (const [number, { id, text }] of XSS_PAYLOADS.entries()) {
    await client.createRoom({ id: `room-${id}`, name: text, members: ['alpha'] })
    await client.registerAgent({ requested_agent_id: `agent-${id}`, name: text })
    await client.sendMessage({
      ...said('', { from: 'alpha', human: number % 2 === 1 }),
      id: `msg_${number}`,
      from: {
        type: number % 2 === 1 ? 'human' : 'agent',
        id: number % 2 === 1 ? 'maya' : 'alpha',
        name: text,
      },
      parts: partsWith(text),
      mentions: [text, 'beta'],
    })
  }
  await client.sendMessage({
    ...said('', { thread: 'thread_one', parent: 'msg_0' }),
    parts: partsWith(XSS_PAYLOADS[0]?.text ?? ''),
  })
  page = await browser.newPage({ viewport: { width: 1_440, height: 900 } })
  faults = await watchPage(page, server.url)
}, 180_000)

afterAll(async () => {
  await browser.close()
  await server[Symbol.asyncDispose]()
})

/** Elements that the console never makes from what others wrote, and links that lead where none may. */
function markup(): Promise<string[]> {
  return page.evaluate(() => {
    const made =
      '#root :is(script, iframe, object, embed, video, audio, base, meta, link, style, template, math)'
    const found = [...document.querySelectorAll(made)].map(({ outerHTML }) => outerHTML.slice(0, 200))
    for (const element of document.querySelectorAll('#root *')) {
      for (const { name, value } of element.attributes)
        if (name.startsWith('on')) found.push(`${name}=${value}`)
    }
    for (const link of document.querySelectorAll<HTMLAnchorElement>('#root a[href]')) {
      if (!/^(?:https?:|mailto:)/.test(link.href)) found.push(link.outerHTML.slice(0, 200))
    }
    return found
  })
}

async function visit(path: string, shows: string): Promise<void> {
  await page.goto(`${server.url}/console/${path}`)
  await page.getByText(shows).filter({ visible: true }).first().waitFor()
  // Keys are listened to by then.
  await page.getByText('Live', { exact: true }).waitFor()
  expect({ path, found: await markup() }).toEqual({ path, found: [] })
}

test('a room in which 200 payloads are said, read from its end to its beginning', async () => {
  await visit('rooms/general', 'General')
  const seen = new Set<string>()
  await until(
    async () => {
      const ids = await page.evaluate(() => {
        const view = document.querySelector('.msg-scroll') as HTMLElement
        for (const button of view.querySelectorAll<HTMLElement>('.msg-data-toggle[aria-expanded="false"]'))
          button.click()
        const shown = [...view.querySelectorAll('[data-message]')].map(
          (row) => row.getAttribute('data-message') ?? '',
        )
        view.scrollTop -= 400
        return shown
      })
      for (const id of ids) seen.add(id)
      expect(await markup()).toEqual([])
      return seen.has('msg_0')
    },
    'the first message is shown',
    200_000,
  )
  const missing = XSS_PAYLOADS.map((_, number) => `msg_${number}`).filter((id) => !seen.has(id))
  expect(missing).toEqual([])
  expect(faults).toEqual({ errors: [], dialogs: [], foreign: [], violations: [] })
}, 240_000)

test('every other view of a network whose names are payloads', async () => {
  const [first] = XSS_PAYLOADS
  await visit('', 'Overview')
  await visit('agents', 'agent-element-0')
  await visit(`agents/agent-${first?.id}`, `agent-${first?.id}`)
  await visit('events', 'As they happen')
  await visit('inbox', 'Needs you')
  await visit('pairings', 'No pairing')
  await visit(`rooms/room-${first?.id}/details`, 'Attach an agent')
  await visit('rooms/general/threads/thread_one', 'Thread')
  await page.keyboard.press('Control+k')
  await page.getByRole('option').first().waitFor()
  for (const query of ['script', 'img', 'onerror', '__proto__', '<svg', 'javascript:']) {
    await page.keyboard.type(query)
    expect(await markup()).toEqual([])
    await page.keyboard.press('Control+a')
  }
  expect(faults).toEqual({ errors: [], dialogs: [], foreign: [], violations: [] })
}, 240_000)
