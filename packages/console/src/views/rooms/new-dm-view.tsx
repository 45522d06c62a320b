import { newMessageId } from '@moltnet/client'
import { useEffect, useMemo, useState } from 'react'
import { Loading } from '../../components/states.tsx'
import { useModel } from '../../data/context.ts'
import { useDms } from '../../data/hooks.ts'
import { useStore } from '../../data/store.ts'
import { goTo } from '../../navigation/navigation.ts'
import { DmShown } from './dm-view.tsx'

/** A direct channel between the viewer and an agent; its first message makes it. */
export function NewDmView({ agentId }: { agentId: string }) {
  const me = useStore(useModel().speaker).id
  const [newId] = useState(() => newMessageId().replace(/^msg/, 'dm'))
  const { data, isLoading } = useDms()
  const existing = data?.find(
    ({ participant_ids: ids }) => ids.length === 2 && ids.includes(agentId) && ids.includes(me),
  )?.id
  useEffect(() => {
    if (existing !== undefined) goTo({ view: 'dm', id: existing }, { replace: true })
  }, [existing])
  const participants = useMemo(() => [agentId, me], [agentId, me])
  if (isLoading || existing !== undefined) return <Loading label="Opening the channel" />
  return <DmShown dmId={newId} participants={participants} isNew />
}
