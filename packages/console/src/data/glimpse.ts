import { type Message, oneLine } from '@moltnet/protocol'

/** Characters of a message that fit into one line of a list. */
const GLIMPSE = 140

/** A message in one line: its text, else what its parts are. */
export function glimpseOf({ parts }: Pick<Message, 'parts'>): string {
  const text = parts.flatMap((part) => part.text ?? []).join(' ')
  const line = oneLine(text.slice(0, 4 * GLIMPSE), GLIMPSE)
  if (line !== '') return line
  return parts.map((part) => part.filename ?? part.url ?? part.kind).join(', ')
}
