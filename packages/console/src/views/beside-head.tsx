import { type ReactNode, useSyncExternalStore } from 'react'
import { IconButton } from '../components/button.tsx'

interface BesideHeadProps {
  title: ReactNode
  /** What the button at its right does. */
  closeLabel: string
  onClose: () => void
}

/** The line above what is shown beside a view. Where it stands alone it is the heading of the page. */
export function BesideHead({ title, closeLabel, onClose }: BesideHeadProps) {
  const Heading = useStandsAlone() ? 'h1' : 'h2'
  return (
    <header className="beside-head">
      <Heading>{title}</Heading>
      <IconButton icon="cross" label={closeLabel} onClick={onClose} />
    </header>
  )
}

/** As in views.css: on these screens there is no room for a view and something beside it. */
const ALONE = matchMedia('(max-width: 64rem)')

function useStandsAlone(): boolean {
  return useSyncExternalStore(
    (listener) => {
      ALONE.addEventListener('change', listener)
      return () => ALONE.removeEventListener('change', listener)
    },
    () => ALONE.matches,
  )
}
