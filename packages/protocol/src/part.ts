import { z } from 'zod'
import { omittable } from './json.ts'

/** Kinds of message parts; nothing else is accepted. */
export const PartKind = z.enum(['text', 'url', 'data', 'file', 'image', 'audio'])
export type PartKind = z.infer<typeof PartKind>

/** Before any parsing: `molt:`, or `http://` and `https://` with something where the host stands. */
const PART_URL = /^(?:molt:|https?:\/\/[^/\\?#])/i

/** Whether `value` parses with scheme http, https (host required) or molt, and has no control characters. */
export function isPartUrl(value: string): boolean {
  return PART_URL.test(value) && !/\p{Cc}/u.test(value) && URL.canParse(value)
}

/**
 * One part of a stored message. All fields but `kind` may be absent. The URL was checked by the server that
 * took the message; readers take any, because programs do not agree on every URL.
 */
export const Part = z.object({
  kind: PartKind,
  text: omittable(z.string()),
  media_type: omittable(z.string()),
  url: omittable(z.string()),
  filename: omittable(z.string()),
  data: omittable(z.record(z.string(), z.unknown())),
})
export type Part = z.infer<typeof Part>

/** One part of a request, with its URL checked. */
export const PartClaim = Part.extend({
  url: omittable(z.string().refine(isPartUrl, 'must be an http or https URL with a host, or a molt URL')),
})
export type PartClaim = z.infer<typeof PartClaim>

/** Whether a part is an artifact: not plain text, or with a URL, file name or media type. */
export function isArtifact(part: Part): boolean {
  return part.kind !== 'text' || Boolean(part.url) || Boolean(part.filename) || Boolean(part.media_type)
}
