import { type Message, oneLine } from '@moltnet/protocol'

/** Characters of a message that fit into one line of a list. */
const GLIMPSE = 140

/** What Markdown marks texts with, where it stands for nothing else. */
const MARKS = /```\w*|\*\*|^#{1,6} |^> /gm

/** A message in one line: its text, else what its parts are. */
export function glimpseOf({ parts }: Pick<Message, 'parts'>): string {
  const text = parts.flatMap((part) => part.text ?? []).join(' ')
  const line = oneLine(text.slice(0, 4 * GLIMPSE).replace(MARKS, ''), GLIMPSE)
  if (line !== '') return line
  return parts.map((part) => part.filename ?? part.url ?? part.kind).join(', ')
}
