import { oneLine, type Part, type PartKind } from '@moltnet/protocol'
import { Icon, type IconName } from '../../components/icon.tsx'
import { useMessageSurroundings } from '../message-context.ts'
import { type LinkTarget, readLink } from '../text/links.ts'
import { OutsideLink } from '../text/link.tsx'

/** Longest file name and media type that a card shows, in characters. */
const NAME_CHARACTERS = 160

const KINDS: Readonly<Record<PartKind, { icon: IconName; noun: string }>> = {
  text: { icon: 'file', noun: 'Text' },
  url: { icon: 'link', noun: 'Link' },
  data: { icon: 'data', noun: 'Data' },
  file: { icon: 'file', noun: 'File' },
  image: { icon: 'image', noun: 'Image' },
  audio: { icon: 'audio', noun: 'Audio' },
}

/**
 * A part that points somewhere. It is only named here: loading an image or a sound would tell its server who
 * reads, so the viewer opens it by a click, in a tab of its own.
 */
export function LinkCard({ part }: { part: Part }): React.ReactNode {
  const { hrefOf } = useMessageSurroundings()
  const { icon, noun } = KINDS[part.kind]
  const link = part.url ? readLink(part.url) : undefined
  const filename = oneLine(part.filename ?? '', NAME_CHARACTERS)
  const mediaType = oneLine(part.media_type ?? '', NAME_CHARACTERS)
  const where = link === undefined ? oneLine(part.url ?? '', NAME_CHARACTERS) : whereOf(link)
  const facts = [filename === '' ? '' : noun, mediaType].filter((fact) => fact !== '')
  return (
    <div className="msg-card">
      <Icon name={icon} />
      <div className="msg-card-words">
        <bdi className="msg-card-title">{filename || noun}</bdi>
        <span className="msg-card-facts">
          {facts.map((fact) => (
            <bdi key={fact}>{fact}</bdi>
          ))}
          {where === '' ? null : <bdi className="msg-card-where">{where}</bdi>}
        </span>
      </div>
      <OpenLink link={link} moltHref={link?.kind === 'molt' ? hrefOf?.(link.href) : undefined} noun={noun} />
    </div>
  )
}

function whereOf(link: LinkTarget): string {
  return oneLine(link.kind === 'mail' ? link.host : link.href, NAME_CHARACTERS)
}

interface OpenLinkProps {
  link: LinkTarget | undefined
  moltHref: string | undefined
  noun: string
}

function OpenLink({ link, moltHref, noun }: OpenLinkProps): React.ReactNode {
  if (link === undefined) return null
  if (link.kind === 'molt') {
    return moltHref === undefined ? null : (
      <a className="msg-open" href={moltHref}>
        Open
      </a>
    )
  }
  return (
    <OutsideLink link={link} className="msg-open">
      Open<span className="sr-only"> {noun.toLowerCase()} in a new tab</span>
    </OutsideLink>
  )
}
