import type { ReactNode } from 'react'
import { CopyButton } from '../messages/copy-button.tsx'

/** Names and values, one below the other. */
export function Facts({ children }: { children: ReactNode }) {
  return <dl className="facts">{children}</dl>
}

/** One name with its value. */
export function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  )
}

/** An id, with a button that copies it. */
export function CopyId({ id, label }: { id: string; label: string }) {
  return (
    <span className="copy-id">
      <code>{id}</code>
      <CopyButton text={id} label={label} />
    </span>
  )
}
