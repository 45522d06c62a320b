import { useId, useRef, useState } from 'react'
import { Icon } from '../../components/icon.tsx'
import type { DeliveryProps } from '../props.ts'
import { DeliveryDetails } from './delivery-details.tsx'
import { summarize } from './outcome.ts'
import { placePopover } from './place-popover.ts'

/** What became of a message in a few words; opens the details in a popover. Nothing without deliveries. */
export function DeliveryBadges({ messageId, deliveries }: DeliveryProps): React.ReactNode {
  const id = useId()
  const button = useRef<HTMLButtonElement>(null)
  const [open, setOpen] = useState(false)
  if (deliveries.length === 0) return null
  return (
    <>
      <button ref={button} type="button" className="msg-badges" popoverTarget={id} aria-expanded={open}>
        <span className="sr-only">Delivery: </span>
        {summarize(deliveries).map(({ outcome, count }, index) => (
          <span key={outcome.label} className="msg-badge" data-tone={outcome.tone}>
            <Icon name={outcome.icon} />
            {count} {outcome.label}
            {index < deliveries.length - 1 ? <span className="sr-only">, </span> : null}
          </span>
        ))}
      </button>
      <div
        id={id}
        popover="auto"
        className="msg-popover"
        role="dialog"
        aria-label="What became of this message"
        onToggle={(event) => {
          const isOpen = event.newState === 'open'
          setOpen(isOpen)
          if (isOpen && button.current !== null) placePopover(event.currentTarget, button.current)
        }}
      >
        {open ? <DeliveryDetails messageId={messageId} deliveries={deliveries} /> : null}
      </div>
    </>
  )
}
