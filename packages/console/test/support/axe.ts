import axe from 'axe-core'
import type { Page } from 'playwright-core'

/** What WCAG 2.2 asks for at its levels A and AA, and what else is good for everybody. */
const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']

/** The rules of accessibility that a page breaks, each with the element that breaks it. */
export async function violations(page: Page): Promise<string[]> {
  // As a debugger would: the policy of the page lets no script in that is not its own.
  await page.evaluate(axe.source)
  return page.evaluate(async (tags) => {
    const { violations: found } = await (globalThis as unknown as { axe: typeof axe }).axe.run({
      runOnly: tags,
    })
    return found.flatMap(({ id, nodes }) =>
      nodes.map(({ html, failureSummary }) => `${id}: ${html} ${failureSummary ?? ''}`),
    )
  }, RULES)
}
