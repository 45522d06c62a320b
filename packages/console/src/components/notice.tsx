import type { ReactNode } from 'react'
import type { Tone } from '../design/tone.ts'
import { IconButton } from './button.tsx'
import { Icon, type IconName } from './icon.tsx'

const ICONS: Readonly<Record<Tone, IconName>> = {
  ok: 'check',
  info: 'info',
  warn: 'alert',
  bad: 'alert',
  held: 'pause',
  idle: 'info',
}

interface NoticeProps {
  tone: Tone
  children: ReactNode
  onClose?: () => void
}

/** A line that says something about the network, with an icon for its tone. */
export function Notice({ tone, children, onClose }: NoticeProps) {
  return (
    <div className="notice" data-tone={tone} role={tone === 'bad' ? 'alert' : 'status'}>
      <Icon name={ICONS[tone]} />
      <div className="notice-text">{children}</div>
      {onClose === undefined ? null : <IconButton icon="cross" label="Dismiss" onClick={onClose} />}
    </div>
  )
}

/** A word with a tone: a state, a scope, a count. */
export function Tag({ tone = 'idle', children }: { tone?: Tone; children: ReactNode }) {
  return (
    <span className="tag" data-tone={tone}>
      {children}
    </span>
  )
}
