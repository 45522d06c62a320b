import './composer.css'
import { newMessageId } from '@moltnet/client'
import { Icon } from '../../components/icon.tsx'
import type { ComposerProps } from '../props.ts'
import { type Room, roomLeft } from './body-size.ts'
import { SuggestionList } from './suggestion-list.tsx'
import { useCompletion } from './use-completion.ts'
import { useDraft } from './use-draft.ts'
import { WakePreview } from './wake-preview.tsx'

/** Where a message is written; says why when none can be. */
export function Composer(props: ComposerProps): React.ReactNode {
  if (props.disabledReason === undefined) return <WritableComposer {...props} />
  return (
    <p className="msg-composer msg-composer-closed" role="note">
      {props.disabledReason}
    </p>
  )
}

function WritableComposer(props: ComposerProps): React.ReactNode {
  const { label, bodyOf, outbox, enterSends = enterSendsHere() } = props
  const draft = useDraft(props)
  const { field, text } = draft
  const completion = useCompletion({ ...draft, candidates: props.candidates })
  const room = roomLeft(text, bodyOf)
  const canSend = text.trim() !== '' && !(room.kind === 'near' && room.bytesLeft < 0)
  const send = (): void => {
    if (!canSend) return
    // What becomes of it stands in the timeline: the outbox never rejects.
    void outbox.send({ ...bodyOf(text), id: newMessageId() })
    draft.put('')
  }
  return (
    <form
      className="msg-composer"
      aria-label={label}
      onSubmit={(event) => {
        event.preventDefault()
        send()
      }}
    >
      <SuggestionList completion={completion} />
      <WakePreview text={text} bodyOf={bodyOf} preview={props.preview} />
      <div className="msg-field">
        <textarea
          ref={field}
          value={text}
          rows={1}
          dir="auto"
          aria-label={label}
          placeholder={label}
          {...completion.attributes}
          enterKeyHint={enterSends ? 'send' : 'enter'}
          onChange={({ target }) => draft.change(target.value, target.selectionStart)}
          onSelect={({ currentTarget }) => draft.moveCaret(currentTarget.selectionStart)}
          onKeyDown={(event) => {
            // The key belongs to the input method that is composing a character.
            if (event.nativeEvent.isComposing) return
            if (completion.handleKey(event.key)) event.preventDefault()
            else if (isSendKey(event, enterSends)) {
              event.preventDefault()
              send()
            }
          }}
        />
        <button type="submit" className="msg-send" disabled={!canSend} aria-label="Send" title="Send">
          <Icon name="send" />
        </button>
      </div>
      <ComposerFoot room={room} enterSends={enterSends} />
    </form>
  )
}

/** On a touch keyboard Enter is the only way to a new line. */
function enterSendsHere(): boolean {
  return !matchMedia('(pointer: coarse)').matches
}

function isSendKey(event: React.KeyboardEvent, enterSends: boolean): boolean {
  if (event.key !== 'Enter') return false
  return event.ctrlKey || event.metaKey || (enterSends && !event.shiftKey && !event.altKey)
}

function ComposerFoot({ room, enterSends }: { room: Room; enterSends: boolean }): React.ReactNode {
  return (
    <p className="msg-composer-foot">
      <span>{enterSends ? 'Enter sends, Shift+Enter starts a line' : 'Markdown and @mentions work'}</span>
      {room.kind === 'plenty' ? null : (
        <span role="status" data-tone={room.bytesLeft < 0 ? 'bad' : 'held'}>
          {Math.abs(room.bytesLeft).toLocaleString('en')} bytes{' '}
          {room.bytesLeft < 0 ? 'too long to be sent' : 'left'}
        </span>
      )}
    </p>
  )
}
