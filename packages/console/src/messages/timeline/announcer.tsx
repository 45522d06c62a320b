import { type Message, oneLine } from '@moltnet/protocol'
import { useEffect, useRef, useState } from 'react'

/** Screen readers hear of new messages at most this often, in milliseconds; a busy room would never be silent. */
const ANNOUNCE_MS = 3_000
/** How much of a single message is read out, in characters. */
const READ_OUT_CHARACTERS = 200

/** Says to screen readers what came, without the sight of it: one message by its text, several by their number. */
export function Announcer({
  messages,
  isLive,
}: {
  messages: readonly Message[]
  isLive: boolean
}): React.ReactNode {
  const [said, setSaid] = useState('')
  const known = useRef<string>(undefined)
  const latest = useRef(messages)
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  useEffect(() => {
    latest.current = messages
    known.current ??= messages.at(-1)?.id
    if (!isLive || messages.at(-1)?.id === known.current || timer.current !== undefined) return
    timer.current = setTimeout(() => {
      timer.current = undefined
      setSaid(announcement(latest.current, known.current))
      known.current = latest.current.at(-1)?.id
    }, ANNOUNCE_MS)
  }, [messages, isLive])
  useEffect(() => () => clearTimeout(timer.current), [])
  return (
    <div className="sr-only" role="log" aria-live="polite">
      {said}
    </div>
  )
}

/** What came after the message `known`. */
function announcement(messages: readonly Message[], known: string | undefined): string {
  const last = messages.at(-1)
  if (last === undefined) return ''
  const sender = oneLine(last.from.name ?? last.from.id)
  const text = oneLine(
    last.parts.find(({ text: said }) => said)?.text ?? 'sent an attachment',
    READ_OUT_CHARACTERS,
  )
  if (messages.at(-2)?.id === known) return `${sender}: ${text}`
  const before = messages.findLastIndex(({ id }) => id === known)
  const count = before < 0 ? '' : `${messages.length - 1 - before} `
  return `${count}new messages, the last one from ${sender}`
}
