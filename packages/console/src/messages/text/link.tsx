import { useMessageSurroundings } from '../message-context.ts'
import { type LinkTarget, namesItself, readLink } from './links.ts'
import { PlainText } from './plain-text.tsx'

interface TextLinkProps {
  target: string
  /** What the link's text is without markup; compared with where it leads. */
  shown: string
  children: React.ReactNode
}

/**
 * A link of a message. Where it leads can always be read: the host stands behind every text that is not the
 * target itself. What may not be followed is text, with its target behind it.
 */
export function TextLink({ target, shown, children }: TextLinkProps): React.ReactNode {
  const { hrefOf } = useMessageSurroundings()
  const link = readLink(target)
  if (link === undefined) {
    return (
      <span className="msg-no-link">
        {children}
        {shown.trim() === target ? null : <Where text={target} />}
      </span>
    )
  }
  if (link.kind === 'molt') {
    const href = hrefOf?.(link.href)
    const where = shown.trim() === link.href ? null : <Where text={link.href} />
    return href === undefined ? (
      <span className="msg-no-link">
        {children}
        {where}
      </span>
    ) : (
      <>
        <a className="msg-link" href={href}>
          {children}
        </a>
        {where}
      </>
    )
  }
  return (
    <>
      <OutsideLink link={link}>{children}</OutsideLink>
      {namesItself(shown, link) ? null : <Where text={link.host} />}
    </>
  )
}

/** A link out of this page, in a tab of its own that knows nothing of where it came from. */
export function OutsideLink({
  link,
  className = 'msg-link',
  children,
}: {
  link: Exclude<LinkTarget, { kind: 'molt' }>
  className?: string
  children: React.ReactNode
}): React.ReactNode {
  return (
    <a
      className={className}
      href={link.href}
      target="_blank"
      rel="noopener noreferrer nofollow"
      title={link.href}
    >
      {children}
    </a>
  )
}

function Where({ text }: { text: string }): React.ReactNode {
  return (
    <bdi className="msg-where">
      {' ('}
      <PlainText text={text.length > 200 ? `${text.slice(0, 200)}…` : text} />
      {')'}
    </bdi>
  )
}
