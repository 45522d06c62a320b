import { Icon } from '../components/icon.tsx'
import { CopyButton } from './copy-button.tsx'
import { useLookup } from './lookup.ts'
import { useMessageSurroundings } from './message-context.ts'

/** What can be done with a message; shown while it is pointed at or has the focus. */
export function MessageTools({ messageId }: { messageId: string }): React.ReactNode {
  const { threads, openThread } = useMessageSurroundings()
  const hasThread = useLookup(threads, messageId) !== undefined
  return (
    <div className="msg-tools">
      {openThread === undefined || hasThread ? null : (
        <button
          type="button"
          className="msg-copy"
          aria-label="Reply in a thread"
          title="Reply in a thread (r)"
          onClick={() => openThread(messageId)}
        >
          <Icon name="thread" />
        </button>
      )}
      <CopyButton text={messageId} label="Copy the id of the message" />
    </div>
  )
}
