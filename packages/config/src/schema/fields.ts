import { z } from 'zod'
import { DURATION } from '../duration.ts'

/** Text of one line, not empty: names, titles, commands. */
export const line = z
  .string()
  .regex(/^[^\p{Cc}]*\S[^\p{Cc}]*$/u, 'must be one line of text that is not empty')

/** A secret that is sent in an HTTP header. The message never shows it. */
export const headerSecret = z
  .string()
  .regex(/^[\x21-\x7e]+$/, 'must be a token: not empty, without spaces, line breaks or special characters')

/** A secret of another program, of any form. */
export const foreignSecret = z.string().min(1)

/** A path in the file system. A leading `~/` stands for the home folder. */
export const filePath = line

/** Name of an environment variable. */
export const envName = z
  .string()
  .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'must be the name of an environment variable, such as MOLTNET_TOKEN')

const durationRule = 'must be a duration: a whole number and s, m, h or d, such as 15m'

/** A duration such as `90s`, `15m`, `24h`, `30d`. */
export const duration = z.string({ error: durationRule }).regex(DURATION, durationRule)

/** An http or https URL with a host and without user name, query and fragment. */
export const httpUrl = url(['http', 'https'])

/** A ws or wss URL with a host and without user name and fragment. */
export const wsUrl = url(['ws', 'wss'])

function url(schemes: readonly string[]) {
  const names = schemes.join(' or ')
  return z
    .string()
    .refine((text) => hasSchemeAndHost(text, schemes), `must be a URL with ${names} and a host`)
    .refine((text) => !hasUserInfo(text), 'must not hold a user name or password: use a token key')
    .refine((text) => !text.includes('#'), 'must not hold a fragment (#...)')
    .meta({ format: 'uri', pattern: `^(${schemes.join('|')})://` })
}

function hasSchemeAndHost(text: string, schemes: readonly string[]): boolean {
  if (!/^[a-z]+:\/\/[^/?#]/i.test(text) || /\s/.test(text) || !URL.canParse(text)) return false
  const parsed = new URL(text)
  return schemes.includes(parsed.protocol.slice(0, -1)) && parsed.hostname !== ''
}

function hasUserInfo(text: string): boolean {
  if (!URL.canParse(text)) return false
  const parsed = new URL(text)
  return parsed.username !== '' || parsed.password !== ''
}

/** A URL that paths are put behind, without query. */
export const baseUrl = httpUrl.refine((text) => !text.includes('?'), 'must not hold a query (?...)')

/** `baseUrl` as the program uses it: without trailing slashes. */
export function normalizeBaseUrl(text: string): string {
  return text.replace(/\/+$/, '')
}

/** A web origin: scheme, host and maybe a port, nothing else. */
export const origin = z
  .string()
  .refine(
    (text) => hasSchemeAndHost(text, ['http', 'https']) && /^https?:\/\/[^/?#@]+\/?$/i.test(text),
    'must be an origin such as https://chat.example.com: http or https, a host and maybe a port, no path',
  )
  .meta({ examples: ['https://chat.example.com'] })

/** A whole number from 1. */
export const count = z.int().min(1)
