import { HttpError, TransportError } from '@moltnet/client'
import type { ReactNode } from 'react'
import { sayError } from '../messages/outbox.ts'
import { Button } from './button.tsx'
import { Icon, type IconName } from './icon.tsx'

interface StateProps {
  icon: IconName
  title: string
  children?: ReactNode
  /** What can be done about it. */
  action?: ReactNode
}

/** What stands where there is nothing to show: why, and what to do about it. */
export function State({ icon, title, children, action }: StateProps) {
  return (
    <div className="state">
      <span className="state-icon">
        <Icon name={icon} />
      </span>
      <h2>{title}</h2>
      {children === undefined ? null : <div className="state-text">{children}</div>}
      {action}
    </div>
  )
}

/** Grey lines in the shape of a list that is on its way. */
export function Loading({ label, rows = 4 }: { label: string; rows?: number }) {
  return (
    <div className="loading" role="status">
      <span className="sr-only">{label}</span>
      {Array.from({ length: rows }, (_, row) => (
        <span key={row} className="loading-line" aria-hidden="true" />
      ))}
    </div>
  )
}

/** Why something could not be loaded, in words that help. */
export function Failure({ error, retry }: { error: unknown; retry?: () => void }) {
  const { icon, title, help } = explain(error)
  const again =
    retry === undefined ? undefined : (
      <Button icon="retry" onClick={retry}>
        Try again
      </Button>
    )
  return (
    <div role="alert">
      <State icon={icon} title={title} action={again}>
        <p>{help}</p>
        {error instanceof HttpError && error.requestId !== undefined ? (
          <p className="state-detail">Request {error.requestId}</p>
        ) : null}
      </State>
    </div>
  )
}

function explain(error: unknown): { icon: IconName; title: string; help: string } {
  if (error instanceof TransportError) {
    return {
      icon: 'off',
      title: 'The server does not answer',
      help: `${sayError(error)}. It may be restarting.`,
    }
  }
  if (!(error instanceof HttpError)) {
    return { icon: 'alert', title: 'Something went wrong', help: sayError(error) }
  }
  switch (error.status) {
    case 401:
    case 403:
      return {
        icon: 'lock',
        title: 'Not for this session',
        help: `The server says: ${error.message}. A token with more scopes may see this.`,
      }
    case 404:
      return { icon: 'search', title: 'Not found', help: `The server says: ${error.message}.` }
    default:
      return { icon: 'alert', title: 'The server could not do this', help: error.message }
  }
}
