import { afterAll, beforeAll, expect, test } from 'bun:test'
import { type HarnessPage, openHarness } from '../harness/open-page.ts'
import { sampleDelivery, sampleMessage } from '../harness/sample-messages.ts'
import { violations } from '../support/axe.ts'

const TIMEOUT_MS = 90_000

let open: HarnessPage

beforeAll(async () => {
  open = await openHarness({ width: 1_000, height: 2_400 })
}, TIMEOUT_MS)

afterAll(() => open[Symbol.asyncDispose]())

const BETA = 'molt://local/agents/beta'
const AT = '2026-04-01T08:00:01Z'

/** Everything that a message can have, twice where two of a kind could get into each other's way. */
const HISTORY = [
  sampleMessage(0, {
    text: '# One\n\n**bold** *em* ~~del~~ `code` [link](https://example.com) https://example.com\n\n> quote\n\n1. a\n   - [x] b',
  }),
  sampleMessage(1, {
    text: '```ts\nconst a = "x" // y\n```\n\n```ts\nlet b = 1\n```\n\n| a | b |\n|--|--:|\n| 1 | 2 |',
  }),
  sampleMessage(2, {
    text: '```json\n{"a": [1, true, null]}\n```\n\n| c |\n|--|\n| 3 |\n\n```diff\n+ a\n- b\n```',
  }),
  sampleMessage(3, {
    from: 'ada',
    type: 'human',
    text: 'please, @beta \u202Egnp.exe',
    mentions: [BETA, 'molt://net_b/agents/gamma'],
  }),
  sampleMessage(4, {
    parts: [
      { kind: 'file', url: 'https://example.com/a.pdf', filename: 'a.pdf', media_type: 'application/pdf' },
      { kind: 'image', url: 'https://example.com/a.png' },
      { kind: 'url', url: 'molt://local/rooms/general' },
      { kind: 'data', data: { a: [1, true, null, 'text'], b: {} } },
    ],
  }),
  sampleMessage(5, { text: Array.from({ length: 60 }, (_, line) => `line ${line}`).join('\n') }),
]

const STATES = ['spoke', 'silent', 'held', 'dead', 'turn_started', 'no_consumer'] as const

const SCENE = {
  history: HISTORY,
  unreadFrom: 'msg_4',
  threads: { msg_1: { threadId: 't', replies: 2, lastAt: AT } },
  deliveries: {
    msg_3: STATES.map((state, at) =>
      sampleDelivery('msg_3', ['beta', 'b', 'c', 'd', 'e', 'f'][at] ?? '', {
        state,
        reason: 'approval',
        final_text: state === 'silent' ? 'held text' : undefined,
        steps: [{ step: 'sent', at: AT, attempt: 1 }],
      }),
    ),
  },
  candidates: [
    { handle: 'beta', name: 'Beta', fqid: BETA, connected: true },
    { handle: 'bernd', name: 'Bernd', fqid: 'molt://local/agents/bernd', connected: false },
  ],
  preview: {
    mentions: [],
    unresolved: ['nobody'],
    wakes: (['wake', 'held', 'guarded', 'no_consumer'] as const).map((outcome) => ({
      agent_id: outcome,
      cause: 'mention' as const,
      connected: true,
      outcome,
    })),
  },
}

test.each(['light', 'dark'] as const)(
  'everything that a message, its details and the composer show breaks no rule in the %s theme',
  async (theme) => {
    const { page } = open
    await page.emulateMedia({ colorScheme: theme, reducedMotion: 'reduce' })
    await open.reload(SCENE)
    await page.getByRole('button', { name: /^Data/ }).click()
    await page.locator('.hljs-keyword').first().waitFor()
    const field = page.getByRole('textbox', { name: 'Message general' })
    await page.evaluate(() => {
      harness.failure = 'this room is read-only'
    })
    await field.fill('first')
    await field.press('Enter')
    await page.getByRole('button', { name: 'Send again' }).waitFor()
    await field.fill('hi @be')
    await page.getByRole('option').first().waitFor()
    await page.getByText('Would reach').waitFor()
    expect(await violations(page)).toEqual([])
    await page.locator('.msg-badges').click()
    await page.getByRole('button', { name: /^Approve/ }).waitFor()
    expect(await violations(page)).toEqual([])
  },
  TIMEOUT_MS,
)
