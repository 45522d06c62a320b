import type { ReactNode } from 'react'
import { IconButton } from '../components/button.tsx'
import { navOpen } from '../shell/dialogs.ts'

interface ViewHeadProps {
  title: ReactNode
  /** Below the title. */
  about?: ReactNode
  /** At its right. */
  children?: ReactNode
}

/** The line above a view: what it is, and what can be done with it as a whole. */
export function ViewHead({ title, about, children }: ViewHeadProps) {
  return (
    <header className="view-head">
      <IconButton
        icon="menu"
        label="Open navigation"
        className="narrow-only"
        onClick={() => navOpen.set(true)}
      />
      <div className="view-title">
        <h1>{title}</h1>
        {about === undefined ? null : <p>{about}</p>}
      </div>
      <div className="view-actions">{children}</div>
    </header>
  )
}
