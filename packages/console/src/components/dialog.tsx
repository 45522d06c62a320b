import { type ReactNode, useEffect, useId, useRef } from 'react'
import { IconButton } from './button.tsx'

interface DialogProps {
  title: string
  onClose: () => void
  children: ReactNode
  /** `palette`: near the top, without a visible title. */
  look?: 'dialog' | 'palette'
}

/** A modal dialog; the browser keeps the focus inside it, closes it on Escape and gives the focus back. */
export function Dialog({ title, onClose, children, look = 'dialog' }: DialogProps) {
  const element = useRef<HTMLDialogElement>(null)
  const heading = useId()
  useEffect(() => {
    const dialog = element.current
    dialog?.showModal()
    // The browser would begin at the button that closes it.
    dialog?.querySelector<HTMLInputElement>('input:not([type="checkbox"])')?.focus()
    return () => dialog?.close()
  }, [])
  return (
    <dialog
      ref={element}
      className="dialog"
      data-look={look}
      aria-labelledby={heading}
      onCancel={(event) => {
        event.preventDefault()
        onClose()
      }}
      onClick={(event) => {
        // A click beside the dialog hits the dialog element itself, one inside hits what is in it.
        if (event.target === event.currentTarget) onClose()
      }}
    >
      <div className="dialog-inner">
        <header className={look === 'palette' ? 'sr-only' : 'dialog-head'}>
          <h2 id={heading}>{title}</h2>
          {look === 'palette' ? null : <IconButton icon="cross" label="Close" onClick={onClose} />}
        </header>
        {children}
      </div>
    </dialog>
  )
}
