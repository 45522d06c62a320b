import { agentFqid, type MessagePreview, type PreviewedWake } from '@moltnet/protocol'
import { useEffect, useState } from 'react'
import { Icon, type IconName } from '../../components/icon.tsx'
import type { Tone } from '../../design/tone.ts'
import { useLookup } from '../lookup.ts'
import { nameOf } from '../mention-chip.tsx'
import { useMessageSurroundings } from '../message-context.ts'
import type { ComposerProps } from '../props.ts'
import { PlainText } from '../text/plain-text.tsx'

/** The server is asked when nothing was written for this long, in milliseconds. */
const QUIET_MS = 300
/** Most names that are shown; the others are counted. */
const NAMES = 12

type WakePreviewProps = Pick<ComposerProps, 'bodyOf' | 'preview'> & { text: string }

/** Whom the text would wake if it were sent now. */
export function WakePreview(props: WakePreviewProps): React.ReactNode {
  const answer = usePreview(props)
  if (answer === undefined || (answer.wakes.length === 0 && answer.unresolved.length === 0)) {
    return <div className="msg-preview" role="status" />
  }
  const others = answer.wakes.length - NAMES
  return (
    <div className="msg-preview" role="status">
      {answer.wakes.length === 0 ? null : <span>Would reach</span>}
      {answer.wakes.slice(0, NAMES).map((wake) => (
        <PreviewedName key={wake.agent_id} wake={wake} />
      ))}
      {others > 0 ? <span>and {others} more</span> : null}
      {answer.unresolved.slice(0, NAMES).map((written) => (
        <span key={written} className="msg-badge" data-tone="bad">
          <Icon name="alert" />
          <bdi>
            @<PlainText text={written} />
          </bdi>{' '}
          names nobody here
        </span>
      ))}
    </div>
  )
}

/** The newest answer for the text as it stands; none while it is being written. */
function usePreview({ text, bodyOf, preview }: WakePreviewProps): MessagePreview | undefined {
  const [answer, setAnswer] = useState<{ text: string; preview: MessagePreview | undefined }>()
  useEffect(() => {
    if (preview === undefined || text.trim() === '') return undefined
    let wanted = true
    const show = (found: MessagePreview | undefined): void => {
      if (wanted) setAnswer({ text, preview: found })
    }
    const timer = setTimeout(() => {
      preview(bodyOf(text)).then(show, () => {
        // Only a look ahead: a server that cannot answer says so when the message is sent.
        show(undefined)
      })
    }, QUIET_MS)
    return () => {
      wanted = false
      clearTimeout(timer)
    }
  }, [text, bodyOf, preview])
  return text.trim() === '' ? undefined : answer?.preview
}

const PREVIEW: Readonly<Record<PreviewedWake['outcome'], { tone: Tone; icon: IconName; words: string }>> = {
  wake: { tone: 'ok', icon: 'arrow', words: '' },
  held: { tone: 'held', icon: 'pause', words: 'held for an operator' },
  guarded: { tone: 'held', icon: 'pause', words: 'stopped by a guard' },
  no_consumer: { tone: 'idle', icon: 'off', words: 'not attached' },
}

function PreviewedName({ wake }: { wake: PreviewedWake }): React.ReactNode {
  const { agents, networkId } = useMessageSurroundings()
  const fqid = agentFqid(wake.agent_id, networkId) ?? wake.agent_id
  const name = nameOf(fqid, useLookup(agents, fqid)?.name)
  const { tone, icon, words } = PREVIEW[wake.outcome]
  const state = words === '' && !wake.connected ? 'when it is back' : words
  return (
    <span className="msg-badge" data-tone={tone} title={wake.reason?.replaceAll('_', ' ')}>
      <Icon name={icon} />
      <bdi>
        <PlainText text={name} />
      </bdi>
      {state === '' ? null : <span className="msg-preview-state">{state}</span>}
    </span>
  )
}
