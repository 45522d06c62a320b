import './delivery.css'
import { agentFqid, type Delivery, type DeliveryStep, type WakeAction } from '@moltnet/protocol'
import { useState } from 'react'
import { Button } from '../../components/button.tsx'
import { Icon } from '../../components/icon.tsx'
import { useLookup } from '../lookup.ts'
import { nameOf } from '../mention-chip.tsx'
import { useMessageSurroundings } from '../message-context.ts'
import { sayError } from '../outbox.ts'
import type { DeliveryProps } from '../props.ts'
import { PlainText } from '../text/plain-text.tsx'
import { clockTimeWithSeconds, fullTime } from '../time.ts'
import { ACTION_LABELS, actionsOf, outcomeOf, stepLabel } from './outcome.ts'

/** Longest reason, error or held text that is shown, in characters; the server bounds them itself. */
const SAID_CHARACTERS = 4_000

/** For each agent: what became of the message, step by step, and what an operator can do about it. */
export function DeliveryDetails({ deliveries }: DeliveryProps): React.ReactNode {
  return (
    <ul className="msg-deliveries">
      {deliveries.map((delivery) => (
        <DeliveryDetail key={delivery.id ?? delivery.agent_id} delivery={delivery} />
      ))}
    </ul>
  )
}

function DeliveryDetail({ delivery }: { delivery: Delivery }): React.ReactNode {
  const { agents, networkId } = useMessageSurroundings()
  const fqid = agentFqid(delivery.agent_id, networkId) ?? delivery.agent_id
  const name = nameOf(fqid, useLookup(agents, fqid)?.name)
  const outcome = outcomeOf(delivery)
  return (
    <li className="msg-delivery">
      <p className="msg-delivery-head" data-tone={outcome.tone}>
        <Icon name={outcome.icon} />
        <span>
          <bdi className="msg-delivery-name">{name}</bdi> {outcome.sentence}
        </span>
      </p>
      <Facts delivery={delivery} />
      {delivery.steps.length === 0 ? null : (
        <ol className="msg-steps">
          {delivery.steps.map((step, index) => (
            <Step key={index} step={step} />
          ))}
        </ol>
      )}
      {delivery.final_text ? (
        <blockquote className="msg-held-text" dir="auto">
          <PlainText text={cut(delivery.final_text)} />
        </blockquote>
      ) : null}
      <Actions delivery={delivery} name={name} />
    </li>
  )
}

function Facts({ delivery }: { delivery: Delivery }): React.ReactNode {
  const { reason, error, attempts, next_try_at: nextTry } = delivery
  const facts = [
    reason === undefined ? undefined : `Reason: ${reason.replaceAll('_', ' ')}`,
    error,
    attempts === 0 ? undefined : `${attempts} failed ${attempts === 1 ? 'try' : 'tries'}`,
    nextTry === undefined ? undefined : `next try at ${clockTimeWithSeconds(nextTry)}`,
  ].filter((fact) => fact !== undefined)
  if (facts.length === 0) return null
  return (
    <ul className="msg-delivery-facts">
      {facts.map((fact) => (
        <li key={fact} dir="auto">
          <PlainText text={cut(fact)} />
        </li>
      ))}
    </ul>
  )
}

function Step({ step }: { step: DeliveryStep }): React.ReactNode {
  const details = [
    step.by === undefined ? undefined : `by ${step.by}`,
    step.reason,
    step.detail,
    step.error,
    ...(step.warnings ?? []),
  ].filter((detail) => detail !== undefined && detail !== '')
  return (
    <li>
      <time dateTime={step.at} title={fullTime(step.at)}>
        {clockTimeWithSeconds(step.at)}
      </time>
      <span dir="auto">
        {stepLabel(step)}
        {details.length === 0 ? null : (
          <span className="msg-step-detail">
            {' · '}
            <PlainText text={cut(details.join(' · '))} />
          </span>
        )}
      </span>
    </li>
  )
}

/** The buttons of a delivery; a failure of one is said below it and the buttons come back. */
export function Actions({ delivery, name }: { delivery: Delivery; name: string }): React.ReactNode {
  const { actOnWake } = useMessageSurroundings()
  const [busy, setBusy] = useState<WakeAction>()
  const [error, setError] = useState<string>()
  const { id } = delivery
  const actions = actionsOf(delivery)
  if (actOnWake === undefined || id === undefined || actions.length === 0) return null
  const act = (action: WakeAction): void => {
    setBusy(action)
    setError(undefined)
    actOnWake(id, action).then(
      () => setBusy(undefined),
      (reason: unknown) => {
        setBusy(undefined)
        setError(sayError(reason))
      },
    )
  }
  return (
    <div className="msg-actions">
      {actions.map((action, index) => (
        <Button
          key={action}
          kind={index === 0 ? 'primary' : 'plain'}
          size="small"
          disabled={busy !== undefined}
          onClick={() => act(action)}
        >
          {busy === action ? 'Asking…' : ACTION_LABELS[action]}
          <span className="sr-only"> ({name})</span>
        </Button>
      ))}
      {error === undefined ? null : (
        <p role="alert" className="msg-error">
          {error}
        </p>
      )}
    </div>
  )
}

function cut(text: string): string {
  return text.length > SAID_CHARACTERS ? `${text.slice(0, SAID_CHARACTERS)}…` : text
}
