import type { AgentSummary, DeliveryState } from '@moltnet/protocol'
import { Tag } from '../../components/notice.tsx'
import { Ago } from '../../components/time.tsx'
import { outcomeOf } from '../../messages/delivery/outcome.ts'

/** What became of the newest message for an agent. */
export function LastWake({ agent: { last_wake: wake } }: { agent: AgentSummary }) {
  if (wake === undefined) return <span className="quiet">–</span>
  return (
    <span className="last-wake" title={wake.reason?.replaceAll('_', ' ')}>
      <StateTag state={wake.state} />
      <Ago at={wake.at} />
    </span>
  )
}

/** The state of a wake as people read it. */
export function StateTag({ state, finalText }: { state: DeliveryState; finalText?: string | undefined }) {
  const { label, tone } = outcomeOf({ state, final_text: finalText })
  return <Tag tone={tone}>{label}</Tag>
}
