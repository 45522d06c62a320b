import type { Browser, BrowserContextOptions, Page } from 'playwright-core'

export { startBrowser } from '../../../../test/support/browser.ts'

/** Longest wait for something to appear, in milliseconds; loaded machines are slow. */
const DEADLINE_MS = 20_000

/** A page of a fresh profile, with what went wrong in it. */
export interface TestPage {
  page: Page
  /** Errors of scripts, refused policies, and failed requests for files: none is expected. */
  faults: string[]
}

/** Opens a page. */
export async function openPage(browser: Browser, options: BrowserContextOptions = {}): Promise<TestPage> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options })
  context.setDefaultTimeout(DEADLINE_MS)
  const page = await context.newPage()
  const faults: string[] = []
  page.on('pageerror', (error) => faults.push(String(error)))
  page.on('console', (message) => {
    const text = message.text()
    // What the server refuses is part of some tests; that the browser says so is not a fault.
    if (message.type() === 'error' && !text.startsWith('Failed to load resource')) faults.push(text)
  })
  return { page, faults }
}
