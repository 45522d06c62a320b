import { afterAll, beforeAll, expect, test } from 'bun:test'
import type { Browser } from 'playwright-core'
import { attach, type TestAgent } from '../../packages/console/test/support/agents.ts'
import { openPage } from '../../packages/console/test/support/browser.ts'
import { type ConsoleServer, said, startConsole } from '../../packages/console/test/support/console-server.ts'
import { startBrowser } from '../support/browser.ts'

/** Wakes from agent to agent in a row, after which each further one waits for an operator. */
const LIMIT = 2

let server: ConsoleServer
let browser: Browser
let agents: TestAgent[]

/** An agent that answers whatever wakes it. */
function talker(id: string): TestAgent {
  let answers = 0
  return attach({
    url: server.url,
    id,
    subscription: { rooms: [{ id: 'general', wake: 'all' }] },
    onEvent: async (event) => {
      answers += 1
      await server.client.sendMessage(said(`${id} says ${answers}`, { from: id }))
      event.ack()
    },
  })
}

beforeAll(async () => {
  ;[server, browser] = await Promise.all([
    startConsole({
      config: {
        rooms: [{ id: 'general', name: 'General', members: ['alpha', 'beta'] }],
        guards: { chain_soft: LIMIT, chain_hard: LIMIT },
      },
    }),
    startBrowser(),
  ])
  agents = ['alpha', 'beta'].map(talker)
  await Promise.all(agents.map(({ ready }) => ready))
}, 60_000)

afterAll(async () => {
  for (const agent of agents) await agent[Symbol.asyncDispose]()
  await browser.close()
  await server[Symbol.asyncDispose]()
})

test('two agents that wake each other are held by a guard; an operator lets them go on, and then ends it', async () => {
  const { page, faults } = await openPage(browser)
  await page.goto(`${server.url}/console/inbox`)
  await page.getByText('Nothing needs you').waitFor()
  await server.client.sendMessage(said('Discuss', { from: 'maya', human: true }))
  const cards = page.getByRole('article', { name: /^Wake of/ })
  const held = cards.filter({ hasText: `the limit is ${LIMIT}` })
  await held.first().getByText('in a row from agent to agent').waitFor()
  // One of each agent: now nobody speaks until an operator says so.
  await held.nth(1).waitFor()
  const before = (await server.client.listRoomMessages('general')).messages.length
  // Leaving the page would take back what it has not asked for yet.
  const approved = page.waitForResponse((response) => response.url().endsWith('/approve'))
  await held
    .first()
    .getByRole('button', { name: /Approve/ })
    .click()
  await approved
  await page.goto(`${server.url}/console/rooms/general`)
  const after = page.getByRole('feed').getByRole('article')
  await after.nth(before).waitFor()
  await page.goto(`${server.url}/console/inbox`)
  const waiting = (await server.client.listWakes({ state: 'held' })).wakes.length
  await page.getByRole('button', { name: /^Held/ }).click()
  await held.nth(waiting - 1).waitFor()
  // Each one that is dismissed leaves the list; none comes instead, since it wakes nobody.
  for (let left = await held.count(); left > 0; left = await held.count()) {
    await held
      .first()
      .getByRole('button', { name: /Dismiss/ })
      .click()
    await held.nth(left - 1).waitFor({ state: 'detached' })
  }
  expect((await server.client.listWakes({ state: 'held' })).wakes).toEqual([])
  expect(faults).toEqual([])
  await page.context().close()
}, 90_000)
