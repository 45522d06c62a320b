import { afterAll, beforeAll, expect, test } from 'bun:test'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { BENCH_NETWORK, benchRoom } from '../../bench/load/bodies.ts'
import { seedId, seedMessages } from '../../bench/seed.ts'
import { type PageFaults, startBrowser, watchPage } from '../../support/browser.ts'
import { until } from '../../support/condition.ts'
import { temporaryFolder } from '../../support/folder.ts'
import { startTestServer, type TestServer } from '../../support/network.ts'
import { type LoadSize, PER_SECOND } from './load-size.ts'
import { LONG_TASK_MS, longestTask, startTrace } from './page-trace.ts'

/** Pixels that the room is scrolled by in one frame: less than what is drawn, so that each message is seen. */
const STEP_PX = 600
/** How long scrolling through all messages may take on a machine that does other things, in milliseconds. */
const SCROLL_MS = 900_000

const ROOM = benchRoom(0)

let folder: AsyncDisposable & { path: string }
let server: TestServer
let browser: Browser
let page: Page
let faults: PageFaults

/** What a page saw of a conversation. */
interface Sighting {
  /** Each message that was drawn, with the one that was drawn below it. */
  below: Record<string, string>
  /** What was wrong in a frame. */
  faults: string[]
}

/**
 * Notes in each frame which message is drawn below which, and whether one is drawn twice or has another below it
 * than before. To be run in the page; the notes are `sighting` there.
 */
function watchOrder(): void {
  const sighting: Sighting = { below: {}, faults: [] }
  Object.assign(globalThis, { sighting })
  const look = (): void => {
    const ids = [...document.querySelectorAll('[data-message]')].map(
      (row) => row.getAttribute('data-message') ?? '',
    )
    if (new Set(ids).size !== ids.length) sighting.faults.push(`drawn twice: ${ids.join(' ')}`)
    for (const [at, id] of ids.slice(0, -1).entries()) {
      const next = ids[at + 1] ?? ''
      const known = sighting.below[id]
      if (known !== undefined && known !== next) sighting.faults.push(`below ${id}: ${known}, then ${next}`)
      sighting.below[id] = next
    }
    requestAnimationFrame(look)
  }
  requestAnimationFrame(look)
}

/** Scrolls by steps, a frame each, until a message is drawn. To be run in the page. */
async function scrollUntil({ id, step }: { id: string; step: number }): Promise<number> {
  const view = document.querySelector('.msg-scroll') as HTMLElement
  let frames = 0
  while (document.querySelector(`[data-message="${id}"]`) === null) {
    view.scrollTop += step
    frames += 1
    await new Promise(requestAnimationFrame)
  }
  return frames
}

const sightingOf = (): Promise<Sighting> =>
  page.evaluate(() => (globalThis as unknown as { sighting: Sighting }).sighting)

/** The pairs of a conversation that a page did not see one below the other. */
function unseenPairs(ids: readonly string[], { below }: Sighting): string[] {
  return ids.slice(0, -1).flatMap((id, at) => (below[id] === ids[at + 1] ? [] : [`${id} ${ids[at + 1]}`]))
}

async function open(path: string, shows: string): Promise<void> {
  await page.goto(`${server.url}/console/rooms/${ROOM}${path}`)
  await page.locator(`[data-message="${shows}"]`).waitFor({ timeout: 60_000 })
  await page.getByText('Live', { exact: true }).waitFor()
}

async function scrollThrough(messages: number): Promise<void> {
  await open(`/messages/${seedId(0)}`, seedId(0))
  await page.evaluate(watchOrder)
  await startTrace(browser, page)
  const frames = await page.evaluate(scrollUntil, { id: seedId(messages - 1), step: STEP_PX })
  expect(await longestTask(browser, `${messages} messages of a server, ${frames} frames`)).toBeLessThan(
    LONG_TASK_MS,
  )
  const sighting = await sightingOf()
  expect(sighting.faults).toEqual([])
  expect(
    unseenPairs(
      Array.from({ length: messages }, (_, at) => seedId(at)),
      sighting,
    ),
  ).toEqual([])
}

/** Posts messages at the full rate, whatever each takes, and gives their ids as the server ordered them. */
async function postAtRate(count: number): Promise<string[]> {
  const posts: Promise<unknown>[] = []
  const started = performance.now()
  await until(
    () => {
      const due = Math.min(count, Math.floor(((performance.now() - started) * PER_SECOND) / 1_000))
      while (posts.length < due) {
        posts.push(
          server.client.sendMessage({
            target: { kind: 'room', room_id: ROOM },
            from: { type: 'agent', id: 'agent-0' },
            parts: [{ kind: 'text', text: `coming ${posts.length}` }],
          }),
        )
      }
      return posts.length === count
    },
    'all are posted',
    (count / PER_SECOND) * 1_000 + 30_000,
  )
  await Promise.all(posts)
  return newestIds(count)
}

/** Ids of the newest messages of the room, oldest first. */
async function newestIds(count: number): Promise<string[]> {
  const ids: string[] = []
  while (ids.length < count) {
    const { messages } = await server.client.listRoomMessages(ROOM, {
      limit: Math.min(100, count - ids.length),
      ...(ids[0] !== undefined && { before: ids[0] }),
    })
    ids.unshift(...messages.map(({ id }) => id))
  }
  return ids
}

async function follow({ messages, seconds }: LoadSize): Promise<void> {
  await open('', seedId(messages - 1))
  await page.evaluate(watchOrder)
  await startTrace(browser, page)
  const ids = await postAtRate(PER_SECOND * seconds)
  const last = ids.at(-1) ?? ''
  await page.locator(`[data-message="${last}"]`).waitFor({ timeout: 30_000 })
  expect(await longestTask(browser, `${ids.length} messages of a server, 100 a second`)).toBeLessThan(
    LONG_TASK_MS,
  )
  // What came between two frames is seen on the way back.
  await page.evaluate(scrollUntil, { id: seedId(messages - 1), step: -STEP_PX })
  const sighting = await sightingOf()
  expect(sighting.faults).toEqual([])
  expect(unseenPairs([seedId(messages - 1), ...ids], sighting)).toEqual([])
  expect(faults).toEqual({ errors: [], dialogs: [], foreign: [], violations: [] })
}

/** The tests of the whole console under a load, with a server in a process of its own and a file for its database. */
export function testServerLoad(size: LoadSize): void {
  beforeAll(async () => {
    folder = await temporaryFolder()
    ;[server, browser] = await Promise.all([
      startTestServer({
        folder: folder.path,
        network: BENCH_NETWORK,
        rooms: `[{ id: ${ROOM}, name: Bench, members: [agent-0] }]`,
      }),
      startBrowser(),
    ])
    // The room has to be there before its messages, and the file has one writer.
    await server.kill('SIGTERM')
    await seedMessages(join(folder.path, 'moltnet.db'), size.messages)
    await server.start()
    page = await browser.newPage({ viewport: { width: 1_280, height: 800 } })
    faults = await watchPage(page, server.url)
  }, 180_000)

  afterAll(async () => {
    await browser.close()
    await server[Symbol.asyncDispose]()
    await folder[Symbol.asyncDispose]()
  })

  test(
    `a room of ${size.messages} messages is read from its first to its last, and no task is long`,
    () => scrollThrough(size.messages),
    SCROLL_MS,
  )

  test(
    `100 messages a second for ${size.seconds} seconds: each is shown once, in order, and no task is long`,
    () => follow(size),
    SCROLL_MS,
  )
}
