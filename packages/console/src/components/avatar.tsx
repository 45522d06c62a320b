import type { CSSProperties } from 'react'
import { agentHue } from '../design/agent-colour.ts'

/** Sets the hue of an actor for everything inside that uses its colours; goes with the class `actor`. */
export function actorStyle(fqid: string): CSSProperties {
  return { '--hue': agentHue(fqid) } as CSSProperties
}

interface AvatarProps {
  name: string
  fqid: string
  /** People are round, agents are not. */
  isHuman?: boolean
  /** One that stands elsewhere than in a list. */
  className?: string
}

/** The first letters of an actor on its colour. Its name stands beside it; screen readers skip this. */
export function Avatar({ name, fqid, isHuman = false, className = '' }: AvatarProps) {
  return (
    <span
      className={`avatar actor ${className}`}
      data-human={isHuman}
      style={actorStyle(fqid)}
      aria-hidden="true"
    >
      {initialsOf(name)}
    </span>
  )
}

/** One or two letters for a name: of its first two words, else its first two. */
export function initialsOf(name: string): string {
  const [first = '?', second] = name.match(/[\p{L}\p{N}]+/gu) ?? []
  const letters = Array.from(first)
  const next = second === undefined ? letters[1] : Array.from(second)[0]
  return `${letters[0] ?? ''}${next ?? ''}`.toUpperCase()
}
