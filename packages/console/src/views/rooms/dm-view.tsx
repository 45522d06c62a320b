import { agentFqid, sameAgent } from '@moltnet/protocol'
import { useMemo, useRef } from 'react'
import { Icon } from '../../components/icon.tsx'
import { Failure, Loading, State } from '../../components/states.tsx'
import { useModel } from '../../data/context.ts'
import { useAgentIndex, useDms } from '../../data/hooks.ts'
import type { ComposerHandle } from '../../messages/props.ts'
import type { TimelineHandle } from '../../messages/timeline/use-focus.ts'
import { pathOf } from '../../navigation/routes.ts'
import { useViewKeys } from '../view-keys.ts'
import { ViewHead } from '../view-head.tsx'
import { Conversation } from './conversation.tsx'
import { useCandidates, useClosed } from './writing.ts'

/** A direct channel. */
export function DmView({ dmId, message }: { dmId: string; message?: string | undefined }) {
  const { data, isLoading, error, refetch } = useDms()
  const dm = data?.find(({ id }) => id === dmId)
  if (dm !== undefined) return <DmShown dmId={dmId} participants={dm.participant_ids} message={message} />
  return (
    <div className="view-body">
      <ViewHead title="Direct channel" />
      {isLoading ? <Loading label="Loading the channel" /> : null}
      {error === null ? null : <Failure error={error} retry={() => void refetch()} />}
      {isLoading || error !== null ? null : (
        <State icon="direct" title="No such channel">
          <p>This session sees no direct channel with that id, or the network has direct messages off.</p>
        </State>
      )}
    </div>
  )
}

interface DmShownProps {
  dmId: string
  participants: readonly string[]
  message?: string | undefined
  isNew?: boolean
}

/** The messages of a direct channel, whether it exists already or is made by its first message. */
export function DmShown({ dmId, participants, message, isNew = false }: DmShownProps) {
  const { speaker, network } = useModel()
  const conversation = useMemo(() => ({ kind: 'dm' as const, id: dmId }), [dmId])
  const target = useMemo(
    () => ({ kind: 'dm' as const, dm_id: dmId, participant_ids: [...participants] }),
    [dmId, participants],
  )
  const around = useMemo(
    () => ({ hrefOfMessage: (id: string) => pathOf({ view: 'dm', id: dmId, message: id }) }),
    [dmId],
  )
  const agents = useAgentIndex()
  const names = participants.map((id) => agents.get(agentFqid(id, network.id) ?? id)?.name ?? id)
  const timeline = useRef<TimelineHandle>(null)
  const composer = useRef<ComposerHandle>(null)
  useViewKeys(useMemo(() => keysOf(timeline, composer), []))
  const closed = useClosed()
  // Only who takes part may write into a channel.
  const isStranger = !participants.some((id) => sameAgent(id, speaker.get().id, network.id))
  return (
    <section className="view-body" aria-label={`Direct channel of ${names.join(', ')}`}>
      <ViewHead
        title={
          <>
            <Icon name="direct" />
            <bdi>{names.join(', ')}</bdi>
          </>
        }
        about="Direct channel"
      />
      <Conversation
        conversation={conversation}
        name={names.join(', ')}
        target={target}
        candidates={useCandidates(participants)}
        closed={
          closed ?? (isStranger ? 'You watch this channel; only its participants write here.' : undefined)
        }
        around={around}
        isNew={isNew}
        message={message}
        empty={<p className="quiet pad">Nothing was said here yet. A direct message wakes its agent.</p>}
        timelineRef={timeline}
        composerRef={composer}
      />
    </section>
  )
}

function keysOf(
  timeline: React.RefObject<TimelineHandle | null>,
  composer: React.RefObject<ComposerHandle | null>,
) {
  return {
    next: () => timeline.current?.focusNext(),
    previous: () => timeline.current?.focusPrevious(),
    write: () => composer.current?.focus(),
  }
}
