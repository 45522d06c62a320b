import { config } from 'zod'

/**
 * Imported before anything that makes a schema: the policy of the page forbids code made at run time, and Zod
 * would try it once to find out, which the browser reports as a violation.
 */
config({ jitless: true })
