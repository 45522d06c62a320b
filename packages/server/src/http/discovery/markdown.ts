import { oneLine } from '@moltnet/protocol'

/** A name that somebody chose, as plain text in Markdown: one line, nothing of it is markup. */
export function plainText(name: string): string {
  return oneLine(name).replace(/[\\`*_[\]<>|~&]/g, '\\$&')
}
