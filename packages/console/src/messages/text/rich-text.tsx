import { scanMentions } from '@moltnet/protocol'
import { useMentions } from '../mentions.tsx'
import { MentionChip } from '../mention-chip.tsx'
import { TextLink } from './link.tsx'
import { PlainText } from './plain-text.tsx'

/** A `molt://` id that stands in a text, without the punctuation after it. */
const MOLT_ID = /molt:\/\/[A-Za-z0-9._:-]+\/[a-z]+\/[A-Za-z0-9._:-]*[A-Za-z0-9]/g

/** Text between markup: mentions are chips, `molt://` ids are links, and nothing hides. */
export function RichText({ text }: { text: string }): React.ReactNode {
  const mentions = useMentions()
  const pieces: React.ReactNode[] = []
  let shown = 0
  const addText = (end: number): void => {
    if (end > shown) pieces.push(<LinkedText key={pieces.length} text={text.slice(shown, end)} />)
    shown = end
  }
  scanMentions(text, (start, end) => {
    const found = mentions.find(text.slice(start, end))
    if (found === undefined) return true
    const { from, to } = spanOf(text, { start, end, handle: found.handle })
    addText(from)
    pieces.push(<MentionChip key={pieces.length} fqid={found.fqid} written={text.slice(from, to)} />)
    shown = to
    return true
  })
  addText(text.length)
  return pieces
}

/** The span of a mention with its `@` or `<@…>`, and without the punctuation that the scan took along. */
function spanOf(
  text: string,
  { start, end, handle }: { start: number; end: number; handle: string },
): { from: number; to: number } {
  if (text[start - 2] === '<' && text[end] === '>') return { from: start - 2, to: end + 1 }
  const written = text.slice(start, end)
  const at = written.lastIndexOf(handle)
  return { from: start - 1, to: at < 0 ? end : start + at + handle.length }
}

function LinkedText({ text }: { text: string }): React.ReactNode {
  const pieces: React.ReactNode[] = []
  let shown = 0
  for (const match of text.matchAll(MOLT_ID)) {
    if (match.index > shown) pieces.push(<PlainText key={shown} text={text.slice(shown, match.index)} />)
    shown = match.index + match[0].length
    pieces.push(
      <TextLink key={match.index} target={match[0]} shown={match[0]}>
        <PlainText text={match[0]} />
      </TextLink>,
    )
  }
  if (shown < text.length) pieces.push(<PlainText key={shown} text={text.slice(shown)} />)
  return pieces
}
