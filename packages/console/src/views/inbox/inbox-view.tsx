import type { Wake } from '@moltnet/protocol'
import { useState } from 'react'
import { Failure, Loading, State } from '../../components/states.tsx'
import { useInbox } from '../../data/inbox.ts'
import { useModel } from '../../data/context.ts'
import { ViewHead } from '../view-head.tsx'
import { Chips } from '../../components/chips.tsx'
import { WakeCard } from './wake-card.tsx'

const KINDS = ['all', 'held', 'texts', 'failing', 'given up'] as const
type Kind = (typeof KINDS)[number]

/** Everything that waits for a person: approvals, held texts, and wakes that fail. */
export function InboxView() {
  const { rights } = useModel()
  const { data, error, isLoading, refetch } = useInbox()
  const [kind, setKind] = useState<Kind>('all')
  const shown = data?.filter((wake) => kind === 'all' || kindOf(wake) === kind)
  const counts = (of: Kind) =>
    of === 'all' ? (data?.length ?? 0) : (data?.filter((wake) => kindOf(wake) === of).length ?? 0)
  return (
    <section className="view-body" aria-label="Needs you">
      <ViewHead
        title="Needs you"
        about={rights.operate ? 'Wakes that wait for a decision' : 'You may look; deciding needs more scopes'}
      />
      <div className="scroll">
        <Chips label="Kinds of wakes" options={KINDS} chosen={kind} onChange={setKind} count={counts} />
        {isLoading ? <Loading label="Loading wakes" /> : null}
        {error === null ? null : <Failure error={error} retry={() => void refetch()} />}
        {!rights.observe ? (
          <State icon="lock" title="Not for this session">
            <p>Wakes are shown to those who may observe the network.</p>
          </State>
        ) : null}
        {shown?.length === 0 ? (
          <State icon="check" title="Nothing needs you">
            <p>No wake waits for approval, no text is held, and nothing was given up.</p>
          </State>
        ) : null}
        <ul className="cards inbox">
          {shown?.map((wake) => (
            <li key={wake.id}>
              <WakeCard wake={wake} />
            </li>
          ))}
        </ul>
      </div>
    </section>
  )
}

function kindOf({ state }: Wake): Kind {
  if (state === 'held') return 'held'
  if (state === 'silent') return 'texts'
  return state === 'dead' ? 'given up' : 'failing'
}
