import { type Delivery, parseAgentRef, sameAgent } from '@moltnet/protocol'
import { outcomeOf } from './delivery/outcome.ts'
import { Icon } from '../components/icon.tsx'
import { useLookup } from './lookup.ts'
import { useMentions } from './mentions.tsx'
import { useMessageSurroundings } from './message-context.ts'
import { PlainText } from './text/plain-text.tsx'

interface MentionChipProps {
  fqid: string
  /** As it stands in the text; without it the agent's name is shown. */
  written?: string
}

/** A mention, with what became of the wake that it caused. */
export function MentionChip({ fqid, written }: MentionChipProps): React.ReactNode {
  const { agents, deliveries, hrefOf, networkId } = useMessageSurroundings()
  const { messageId } = useMentions()
  const face = useLookup(agents, fqid)
  const delivery = deliveryTo(useLookup(deliveries, messageId), fqid, networkId)
  const outcome = delivery === undefined ? undefined : outcomeOf(delivery)
  const href = hrefOf?.(fqid)
  const shown = written === undefined || written.startsWith('<') ? `@${nameOf(fqid, face?.name)}` : written
  const content = (
    <>
      <bdi>
        <PlainText text={shown} />
      </bdi>
      {outcome === undefined ? null : (
        <>
          <Icon name={outcome.icon} />
          <span className="sr-only">, {outcome.sentence}</span>
        </>
      )}
    </>
  )
  const attributes = {
    className: 'msg-mention',
    'data-tone': outcome?.tone,
    title: outcome === undefined ? fqid : `${fqid}: ${outcome.sentence}`,
  }
  return href === undefined ? (
    <span {...attributes}>{content}</span>
  ) : (
    <a {...attributes} href={href}>
      {content}
    </a>
  )
}

/** The delivery of a message to one agent. */
function deliveryTo(
  deliveries: readonly Delivery[] | undefined,
  fqid: string,
  networkId: string,
): Delivery | undefined {
  return deliveries?.find(({ agent_id }) => sameAgent(agent_id, fqid, networkId))
}

/** The shown name of an agent: its own, else its id. */
export function nameOf(fqid: string, name: string | undefined): string {
  return name || (parseAgentRef(fqid)?.id ?? fqid)
}
