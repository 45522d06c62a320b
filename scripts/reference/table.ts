/** Cell that has nothing to say. */
export const NOTHING = '–'

/** A Markdown table. Cells are Markdown; what would end a cell or begin a tag is escaped. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.map(cell).join(' | ')} |`
  return [line(head), `|${' --- |'.repeat(head.length)}`, ...rows.map(line)].join('\n')
}

function cell(text: string): string {
  return withoutTags(text)
    .replace(/\s*\n\s*/g, ' ')
    .replaceAll('|', '\\|')
}

/** Text in which `room:<id>` stays readable: outside code spans a `<` would begin a tag. */
export function withoutTags(text: string): string {
  return text.replace(/`[^`]*`|</g, (found) => (found === '<' ? '\\<' : found))
}

/** Text as a code span; a value that is no text is shown as JSON. */
export function code(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  // A span that holds a backtick needs a longer fence (CommonMark 6.1).
  return text.includes('`') ? `\`\` ${text} \`\`` : `\`${text}\``
}

/** Several values as code spans. */
export function codes(values: readonly unknown[]): string {
  return values.map(code).join(', ')
}

/** `1048576` as `1,048,576`: long numbers are read, not copied. */
export function grouped(value: number): string {
  return value.toLocaleString('en-US')
}
