import { afterAll, beforeAll, expect, test } from 'bun:test'
import { type HarnessPage, openHarness } from '../../packages/console/test/harness/open-page.ts'
import { sampleDelivery, sampleMessage } from '../../packages/console/test/harness/sample-messages.ts'
import { until } from '../support/condition.ts'
import { partsWith, XSS_PAYLOADS } from './xss-corpus.ts'

/** Elements and attributes that the components never make. */
const FORBIDDEN = [
  ...['script', 'iframe', 'object', 'embed', 'img', 'video', 'audio', 'picture', 'source', 'track', 'base'],
  ...['meta', 'link', 'style', 'template', 'portal', 'math', 'foreignObject', 'image', 'use', 'animate'],
].map((name) => `#root ${name}`)

let open: HarnessPage

beforeAll(async () => {
  open = await openHarness({ width: 1_000, height: 900 })
}, 60_000)

afterAll(() => open[Symbol.asyncDispose]())

/** A message that carries a payload wherever a message can. */
function hostileMessage(text: string, number: number) {
  return sampleMessage(number, {
    from: text,
    name: text,
    type: number % 2 === 0 ? 'agent' : 'human',
    parts: partsWith(text),
    mentions: ['molt://local/agents/beta', text],
  })
}

/** What one message made of its payload that no message may make. */
function faultsInPage(forbidden: string): Promise<string[]> {
  return open.page.evaluate((selector) => {
    const found = [...document.querySelectorAll(selector)].map((element) => element.outerHTML.slice(0, 200))
    for (const element of document.querySelectorAll('#root *')) {
      for (const { name, value } of element.attributes) {
        if (name.startsWith('on') || name === 'srcdoc' || name === 'formaction')
          found.push(`${name}=${value}`)
      }
    }
    for (const link of document.querySelectorAll<HTMLAnchorElement>('#root a')) {
      const isInside = link.getAttribute('href')?.startsWith('/#') ?? false
      const isOutside = /^(?:https?:\/\/|mailto:)/.test(link.href) && link.target === '_blank'
      if (!isInside && !(isOutside && link.rel.includes('noopener'))) found.push(link.outerHTML)
    }
    return found
  }, forbidden)
}

test('200 payloads in every field of a message: no dialog, no request, no report, and no markup', async () => {
  const history = XSS_PAYLOADS.map(({ text }, number) => hostileMessage(text, number))
  const deliveries = Object.fromEntries(
    XSS_PAYLOADS.map(({ text }, number) => [
      `msg_${number}`,
      [
        sampleDelivery(`msg_${number}`, text, {
          state: 'failed',
          reason: text,
          error: text,
          final_text: text,
          steps: [{ step: 'failed', at: '2026-04-01T08:00:00Z', reason: text, error: text, by: text }],
        }),
      ],
    ]),
  )
  await open.mount({ history, deliveries, page: 200 })
  const { page } = open
  for (const [number, { id }] of XSS_PAYLOADS.entries()) {
    await page.evaluate((message) => harness.jump(message), `msg_${number}`)
    const message = page.locator(`[data-message="msg_${number}"]`)
    await message.waitFor()
    // Opens everything that opens.
    await message.evaluate(async (element) => {
      for (;;) {
        const closed = element.querySelector<HTMLElement>('button[aria-expanded="false"]')
        if (closed === null) return
        closed.click()
        await new Promise(requestAnimationFrame)
      }
    })
    await until(
      () =>
        message
          .locator('.msg-delivery')
          .count()
          .then((count) => count > 0),
      `${id} is opened`,
    )
    expect({ id, found: await faultsInPage(FORBIDDEN.join(', ')) }).toEqual({ id, found: [] })
  }
  expect(open.faults).toEqual({ errors: [], dialogs: [], foreign: [], violations: [] })
}, 300_000)

test('200 payloads as what is suggested, previewed and written: none becomes more than a text', async () => {
  const texts = XSS_PAYLOADS.map(({ text }) => text)
  const scene = {
    candidates: texts.map((text, at) => ({
      handle: `a${at}${text}`,
      name: text,
      fqid: text,
      connected: at % 2 === 0,
    })),
    preview: {
      mentions: texts,
      unresolved: texts,
      wakes: texts.map((agent_id) => ({
        agent_id,
        cause: 'mention' as const,
        connected: true,
        outcome: 'held' as const,
        reason: agent_id,
      })),
    },
    disabledReason: undefined,
  }
  await open.mount(scene)
  const { page } = open
  const field = page.getByRole('textbox', { name: 'Message general' })
  for (const [at, { text }] of XSS_PAYLOADS.entries()) {
    if (at % 10 === 0) {
      await field.fill(`@a${at}`)
      await page.getByRole('option').first().waitFor()
    }
    await field.fill(text)
    expect(await faultsInPage(FORBIDDEN.join(', '))).toEqual([])
  }
  await page.getByText('Would reach').waitFor()
  await page.keyboard.press('Enter')
  await until(() => page.evaluate(() => harness.sent.length === 1), 'the last payload is sent')
  expect(open.faults).toEqual({ errors: [], dialogs: [], foreign: [], violations: [] })
}, 300_000)
