import { oneLine } from '@moltnet/protocol'
import { useState } from 'react'
import { CopyButton } from '../copy-button.tsx'
import { useExpanded } from '../expanded.ts'
import { Icon } from '../../components/icon.tsx'
import { PlainText } from '../text/plain-text.tsx'

/** Bounds of what the viewer draws at once; the rest comes by a click. */
const DATA_LIMITS = {
  /** Entries of one object or list, per click on "more". */
  entries: 100,
  /** Characters of a string or key. */
  characters: 500,
} as const

interface DataCardProps {
  data: Record<string, unknown>
  name: string | undefined
  expandKey: string
}

/** A data part: closed at first, its levels opened one by one, so that nothing is drawn that nobody looks at. */
export function DataCard({ data, name, expandKey }: DataCardProps): React.ReactNode {
  const [open, setOpen] = useExpanded(expandKey)
  const title = oneLine(name ?? '') || 'Data'
  return (
    <div className="msg-card msg-data">
      <div className="msg-data-head">
        <button type="button" className="msg-data-toggle" aria-expanded={open} onClick={() => setOpen(!open)}>
          <Icon name="data" />
          <bdi className="msg-card-title">{title}</bdi>
          <span className="msg-card-facts">{sizeOf(data)}</span>
        </button>
        {open ? <CopyData data={data} /> : null}
      </div>
      {open ? <Entries value={data} /> : null}
    </div>
  )
}

/** The text is only made when the card is open: data can be large. */
function CopyData({ data }: { data: Record<string, unknown> }): React.ReactNode {
  return <CopyButton text={JSON.stringify(data, null, 2)} label="Copy as JSON" />
}

type Container = Record<string, unknown> | readonly unknown[]

function isContainer(value: unknown): value is Container {
  return typeof value === 'object' && value !== null
}

function sizeOf(value: Container): string {
  const count = Array.isArray(value) ? value.length : Object.keys(value).length
  const noun = Array.isArray(value) ? 'item' : 'key'
  return `${count.toLocaleString('en')} ${noun}${count === 1 ? '' : 's'}`
}

function Entries({ value }: { value: Container }): React.ReactNode {
  const [shown, setShown] = useState<number>(DATA_LIMITS.entries)
  const entries = Object.entries(value)
  if (entries.length === 0) return <p className="msg-data-empty">empty</p>
  const left = entries.length - shown
  return (
    <ul className="msg-data-entries" dir="ltr">
      {entries.slice(0, shown).map(([key, entry]) => (
        <Entry key={key} name={key} value={entry} />
      ))}
      {left > 0 ? (
        <li>
          <button type="button" className="msg-fold" onClick={() => setShown(shown + DATA_LIMITS.entries)}>
            {left.toLocaleString('en')} more
          </button>
        </li>
      ) : null}
    </ul>
  )
}

function Entry({ name, value }: { name: string; value: unknown }): React.ReactNode {
  const [open, setOpen] = useState(false)
  const key = (
    <bdi className="msg-data-key">
      <PlainText text={cut(name)} />
    </bdi>
  )
  if (!isContainer(value)) {
    return (
      <li>
        {key}: <Scalar value={value} />
      </li>
    )
  }
  return (
    <li>
      <button type="button" className="msg-data-toggle" aria-expanded={open} onClick={() => setOpen(!open)}>
        {key} <span className="msg-card-facts">{sizeOf(value)}</span>
      </button>
      {open ? <Entries value={value} /> : null}
    </li>
  )
}

function Scalar({ value }: { value: unknown }): React.ReactNode {
  const [open, setOpen] = useState(false)
  if (typeof value !== 'string') return <span data-type={typeof value}>{String(value)}</span>
  const isLong = value.length > DATA_LIMITS.characters
  return (
    <bdi data-type="string">
      “<PlainText text={isLong && !open ? cut(value) : value} />”
      {isLong ? (
        <button type="button" className="msg-fold" onClick={() => setOpen(!open)}>
          {open ? 'Show less' : `Show all ${value.length.toLocaleString('en')} characters`}
        </button>
      ) : null}
    </bdi>
  )
}

function cut(text: string): string {
  return text.length > DATA_LIMITS.characters ? `${text.slice(0, DATA_LIMITS.characters)}…` : text
}
