import { Button } from '../../components/button.tsx'
import { Icon } from '../../components/icon.tsx'
import { MessageHead } from '../message-view.tsx'
import type { Outbox, OutgoingMessage } from '../outbox.ts'
import { MessageParts } from '../parts/message-parts.tsx'

interface OutgoingViewProps {
  outgoing: OutgoingMessage | undefined
  outbox: Outbox | undefined
}

/** An own message on its way, with what to do when it did not go. */
export function OutgoingView({ outgoing, outbox }: OutgoingViewProps): React.ReactNode {
  if (outgoing === undefined) return null
  const { body, createdAt, state } = outgoing
  return (
    <div className="msg-outgoing" data-state={state}>
      <MessageHead id={body.id} from={body.from} at={createdAt} />
      <div className="msg-body">
        <MessageParts message={body} />
        {state === 'failed' ? (
          <div className="msg-send-state" data-tone="bad" role="alert">
            <Icon name="alert" />
            <span>
              {outgoing.isUnknown ? 'Sent or not, nobody knows' : 'Not sent'}: {outgoing.error}
            </span>
            <Button size="small" onClick={() => void outbox?.retry(body.id)}>
              Send again
            </Button>
            <Button kind="quiet" size="small" onClick={() => outbox?.discard(body.id)}>
              Discard
            </Button>
          </div>
        ) : (
          <p className="msg-send-state" role="status">
            <Icon name={state === 'accepted' ? 'check' : 'clock'} />
            {state === 'accepted' ? 'Sent' : 'Sending…'}
          </p>
        )}
      </div>
    </div>
  )
}
