import type { Fault } from '../lib/fault.ts'
import type { Page } from './markdown.ts'

/** One rule about the documents. A new rule is a file in this folder and a line in `check-docs.ts`. */
export interface DocCheck {
  name: string
  run(root: string, pages: readonly Page[]): Fault[] | Promise<Fault[]>
}
