import { type Browser, chromium, type Page } from 'playwright-core'
import { TOOLS } from '../../scripts/lib/tools.ts'

/** A browser that asks nothing of the world: what leaves it comes from the page under test. */
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** Starts the machine's Chromium without a window and with a profile of its own; `await using` ends it. */
export async function startBrowser(): Promise<Browser> {
  const executablePath = TOOLS.find(({ name }) => name === 'chromium')?.find()
  if (!executablePath) throw new Error('there is no chromium on this machine')
  return chromium.launch({ executablePath, args: FLAGS })
}

/** What a page did that no page of ours may do. */
export interface PageFaults {
  /** Uncaught errors, and what went to the console as an error. */
  errors: string[]
  /** Dialogs that a script opened. */
  dialogs: string[]
  /** Requests to another origin than the page's own. */
  foreign: string[]
  /** Violations of the content security policy, as `directive: address`. */
  violations: string[]
}

/** Follows what a page does. To be called before the page is opened. */
export async function watchPage(page: Page, origin: string): Promise<PageFaults> {
  const faults: PageFaults = { errors: [], dialogs: [], foreign: [], violations: [] }
  page.on('pageerror', (error) => faults.errors.push(String(error)))
  page.on('console', (message) => {
    if (message.type() === 'error') faults.errors.push(message.text())
  })
  page.on('dialog', (dialog) => {
    faults.dialogs.push(dialog.message())
    void dialog.dismiss()
  })
  page.on('request', (request) => {
    const url = request.url()
    if (!url.startsWith(`${origin}/`) && !url.startsWith('data:')) faults.foreign.push(url)
  })
  await page.exposeFunction('noteViolation', (violation: string) => faults.violations.push(violation))
  await page.addInitScript(`addEventListener('securitypolicyviolation', (event) => {
    noteViolation(event.violatedDirective + ': ' + event.blockedURI)
  })`)
  return faults
}
