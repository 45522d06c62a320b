import { LIMITS } from '@moltnet/protocol'

/** Room for `-` and a suffix after an id made from a name, in characters. */
const SUFFIX_CHARACTERS = 8

/**
 * The id that a display name asks for: lower case, runs of other characters become one `-`, trimmed;
 * `agent` when nothing is left.
 */
export function idFromName(name: string | undefined): string {
  const slug = (name ?? '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, LIMITS.idCharacters - SUFFIX_CHARACTERS)
    .replace(/^-+|-+$/g, '')
  return slug === '' ? 'agent' : slug
}

/** A short random ending for an id that is taken. */
export function idSuffix(): string {
  return crypto.randomUUID().slice(0, SUFFIX_CHARACTERS - 1)
}
