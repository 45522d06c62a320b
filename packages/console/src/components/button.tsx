import type { ComponentProps, ReactNode } from 'react'
import { Icon, type IconName } from './icon.tsx'

interface ButtonProps extends ComponentProps<'button'> {
  /** `primary`: the one that leads on. `danger`: what cannot be undone. `quiet`: words alone, without an edge. */
  kind?: 'plain' | 'primary' | 'danger' | 'quiet'
  /** `small`: stands in a line of text, as in a message. */
  size?: 'usual' | 'small'
  icon?: IconName
  children: ReactNode
}

/** A button with words. */
export function Button({
  kind = 'plain',
  size = 'usual',
  icon,
  children,
  className = '',
  ...rest
}: ButtonProps) {
  return (
    <button type="button" className={`button ${className}`} data-kind={kind} data-size={size} {...rest}>
      {icon === undefined ? null : <Icon name={icon} />}
      <span>{children}</span>
    </button>
  )
}

interface IconButtonProps extends Omit<ComponentProps<'button'>, 'children'> {
  icon: IconName
  /** What it does; also its tooltip. */
  label: string
}

/** A button with a picture alone. */
export function IconButton({ icon, label, className = '', ...rest }: IconButtonProps) {
  return (
    <button type="button" className={`icon-button ${className}`} aria-label={label} title={label} {...rest}>
      <Icon name={icon} />
    </button>
  )
}
