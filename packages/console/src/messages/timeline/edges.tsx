import { Button } from '../../components/button.tsx'
import type { TimelineEdge } from '../timeline-source.ts'

interface EdgeProps {
  edge: TimelineEdge
  load: () => void
}

/** What is said above the first message. */
export function OlderEdge({ edge, load, isEmpty }: EdgeProps & { isEmpty: boolean }): React.ReactNode {
  if (edge.kind === 'end' && isEmpty) return null
  return (
    <div className="msg-edge msg-edge-older">
      <EdgeState edge={edge} load={load} end="Beginning of the conversation" more="Load older messages" />
    </div>
  )
}

/** What is said below the last message of a stretch that is not the newest. */
export function NewerEdge({ edge, load }: EdgeProps): React.ReactNode {
  if (edge.kind === 'end') return null
  return (
    <div className="msg-edge msg-edge-newer">
      <EdgeState edge={edge} load={load} end="" more="Load newer messages" />
    </div>
  )
}

function EdgeState({ edge, load, end, more }: EdgeProps & { end: string; more: string }): React.ReactNode {
  switch (edge.kind) {
    case 'end':
      return <span>{end}</span>
    case 'loading':
      return <span role="status">Loading messages…</span>
    case 'more':
      return (
        <Button kind="quiet" size="small" onClick={load}>
          {more}
        </Button>
      )
    case 'failed':
      return (
        <span role="alert">
          {edge.message}{' '}
          <Button kind="quiet" size="small" onClick={load}>
            Try again
          </Button>
        </span>
      )
  }
}
