import { z } from 'zod'
import { omittable } from './json.ts'

/** Kinds of message parts; nothing else is accepted. */
export const PartKind = z.enum(['text', 'url', 'data', 'file', 'image', 'audio'])
export type PartKind = z.infer<typeof PartKind>

/** Whether `value` parses with scheme http, https (host required) or molt. */
export function isPartUrl(value: string): boolean {
  const scheme = /^(https?|molt):\/\//i.exec(value)?.[1]?.toLowerCase()
  if (scheme === undefined || !URL.canParse(value)) return false
  return scheme === 'molt' || new URL(value).hostname !== ''
}

/** One part of a message. All fields but `kind` may be absent. */
export const Part = z.object({
  kind: PartKind,
  text: omittable(z.string()),
  media_type: omittable(z.string()),
  url: omittable(z.string().refine(isPartUrl, 'must be an http, https or molt URL with a host')),
  filename: omittable(z.string()),
  data: omittable(z.record(z.string(), z.unknown())),
})
export type Part = z.infer<typeof Part>

/** Whether a part is an artifact: not plain text, or with a URL, file name or media type. */
export function isArtifact(part: Part): boolean {
  return (
    part.kind !== 'text' ||
    part.url !== undefined ||
    part.filename !== undefined ||
    part.media_type !== undefined
  )
}
