/**
 * `npm run screenshots`: takes the pictures of the console that the documents show, of a real network that is started
 * for it and removed again. The main views at three widths, light and dark, go to `docs/images/`. Needs Chromium.
 */
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { openPage, startBrowser } from '../packages/console/test/support/browser.ts'
import { REPOSITORY } from './lib/files.ts'
import { SHOWN_THREAD, startStory } from './screenshots/network.ts'

const FOLDER = join(REPOSITORY, 'docs', 'images')
/** All pictures together may have this many bytes: they are kept in the repository for ever. */
const MAX_BYTES = 3_000_000

const SIZES = [
  { width: 360, height: 740 },
  { width: 1280, height: 800 },
  { width: 2560, height: 1440 },
] as const

interface View {
  name: string
  path: string
  /** What stands there once it is loaded; each is waited for. */
  shows: readonly string[]
  /** Widths at which there is a picture; all when left out. */
  widths?: readonly number[]
  /** Themes in which there is one; both when left out. */
  themes?: readonly Theme[]
}

type Theme = 'light' | 'dark'

const VIEWS: readonly View[] = [
  { name: 'overview', path: '', shows: ['Writer said nothing'] },
  { name: 'inbox', path: 'inbox', shows: ['Uploads are three times as fast'] },
  // Where there is room, the thread stands beside its room.
  { name: 'room', path: 'rooms/general', shows: ['1 spoke'], widths: [360] },
  { name: 'thread', path: `rooms/general/threads/${SHOWN_THREAD}`, shows: ['after a failed one', '1 spoke'] },
  { name: 'agents', path: 'agents', shows: [' connected'], widths: [360, 1280], themes: ['light'] },
]

/** Opens a view and waits until nothing in it is still to come. */
async function show(page: Page, url: string, { path, shows }: View): Promise<void> {
  await page.goto(`${url}/console/${path}`)
  for (const text of shows) {
    await page.getByRole('main').getByText(text).filter({ visible: true }).last().waitFor()
  }
  await page.locator('[aria-busy="true"]').first().waitFor({ state: 'detached' })
  await page.evaluate(() => document.fonts.ready.then(() => undefined))
}

/** Takes the pictures of one size in one theme, and gives how many bytes each has. */
async function takeAll(o: {
  browser: Browser
  url: string
  viewport: (typeof SIZES)[number]
  colorScheme: Theme
}): Promise<number[]> {
  const { browser, url, viewport, colorScheme } = o
  const { page, faults } = await openPage(browser, { viewport, colorScheme, reducedMotion: 'reduce' })
  const sizes: number[] = []
  for (const view of VIEWS) {
    if (view.widths?.includes(viewport.width) === false || view.themes?.includes(colorScheme) === false)
      continue
    await show(page, url, view)
    const path = join(FOLDER, `console-${view.name}-${viewport.width}-${colorScheme}.png`)
    sizes.push((await page.screenshot({ path, animations: 'disabled', caret: 'hide' })).byteLength)
  }
  await page.context().close()
  if (faults.length > 0) throw new Error(`the page complains: ${faults.join('\n')}`)
  return sizes
}

await mkdir(FOLDER, { recursive: true })
await using story = await startStory()
await using browser = await startBrowser()
const sizes: number[] = []
for (const viewport of SIZES) {
  for (const colorScheme of ['light', 'dark'] as const) {
    sizes.push(...(await takeAll({ browser, url: story.url, viewport, colorScheme })))
  }
}
const bytes = sizes.reduce((sum, size) => sum + size, 0)
console.log(`${sizes.length} pictures in docs/images, ${Math.round(bytes / 1_000)} kB`)
if (bytes > MAX_BYTES) {
  console.error(`that is more than the ${MAX_BYTES / 1_000} kB that they may have`)
  process.exitCode = 1
}
