import { useEffect, useState } from 'react'
import { Icon } from '../components/icon.tsx'

/** How long "Copied" stays, in milliseconds: long enough to be read. */
const SAID_MS = 2_000

/** Copies a text and says what became of it. */
export function CopyButton({ text, label }: { text: string; label: string }): React.ReactNode {
  const [said, setSaid] = useState<string>()
  useEffect(() => {
    if (said === undefined) return undefined
    const timer = setTimeout(() => setSaid(undefined), SAID_MS)
    return () => clearTimeout(timer)
  }, [said])
  return (
    <button
      type="button"
      className="msg-copy"
      aria-label={said === undefined ? label : undefined}
      title={label}
      onClick={() => {
        copyText(text).then(
          () => setSaid('Copied'),
          () => setSaid('Copying failed'),
        )
      }}
    >
      <Icon name={said === undefined ? 'copy' : 'check'} />
      <span aria-live="polite">{said}</span>
    </button>
  )
}

/** Rejects where the page may not write to the clipboard, as on an origin that is not secure. */
async function copyText(text: string): Promise<void> {
  await navigator.clipboard.writeText(text)
}
