import './parts.css'
import type { Part } from '@moltnet/protocol'
import { MessageText } from '../text/message-text.tsx'
import { DataCard } from './data-card.tsx'
import { LinkCard } from './link-card.tsx'

/** Everything that a message says, part by part. Nothing of it is loaded from anywhere. */
export function MessageParts({
  message,
}: {
  message: { id: string; parts: readonly Part[] }
}): React.ReactNode {
  return message.parts.map((part, index) => (
    <MessagePart key={index} part={part} partKey={`${message.id}/${index}`} />
  ))
}

/** One part: its card when it names a file, a link or data, and its text. */
function MessagePart({ part, partKey }: { part: Part; partKey: string }): React.ReactNode {
  const isCard = part.kind !== 'text' || Boolean(part.url) || Boolean(part.filename)
  return (
    <>
      {isCard && part.kind !== 'data' ? <LinkCard part={part} /> : null}
      {part.data === undefined ? null : (
        <DataCard data={part.data} name={part.filename} expandKey={`${partKey}/data`} />
      )}
      {part.text ? <MessageText text={part.text} expandKey={partKey} /> : null}
    </>
  )
}
