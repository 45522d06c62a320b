import type { Browser, Page } from 'playwright-core'
import { type PageFaults, startBrowser, watchPage } from '../../../../test/support/browser.ts'
import type { Scene } from './page.tsx'
import { serveHarness } from './serve.ts'

/** The harness page in a browser of its own. */
export interface HarnessPage extends AsyncDisposable {
  page: Page
  browser: Browser
  /** What the page did that it may not do. */
  faults: PageFaults
  mount(scene: Scene): Promise<void>
  /** A page as new, with the scene on it. */
  reload(scene: Scene): Promise<void>
}

/** Starts server and browser, and opens the harness page. */
export async function openHarness(viewport = { width: 900, height: 700 }): Promise<HarnessPage> {
  const server = await serveHarness()
  const browser = await startBrowser()
  const page = await browser.newPage({ viewport })
  const faults = await watchPage(page, server.origin)
  await page.goto(server.page)
  const mount = (scene: Scene): Promise<void> => page.evaluate((given) => harness.mount(given), scene)
  return {
    page,
    browser,
    faults,
    mount,
    async reload(scene) {
      await page.reload()
      await mount(scene)
    },
    async [Symbol.asyncDispose]() {
      await browser.close()
      await server[Symbol.asyncDispose]()
    },
  }
}
