import type { Scale } from '../scenario.ts'

/** A length of message text. */
export interface Payload {
  readonly name: string
  readonly bytes: number
}

/** A line of chat, a page of log, a file. */
export const PAYLOADS: readonly [Payload, Payload, Payload] = [
  { name: '120 B', bytes: 120 },
  { name: '4 kB', bytes: 4_000 },
  { name: '60 kB', bytes: 60_000 },
]

/** `120 B in 100 rooms` */
export function sized(payload: Payload, rooms: number): string {
  return `${payload.name} in ${rooms === 1 ? '1 room' : `${rooms} rooms`}`
}

/** Parameters of a load that posts: those of its variant, the length of its texts, and the times of the run. */
export function postingLoad<Variant extends { readonly payload: Payload }>(
  { payload, ...variant }: Variant,
  { seconds, warmupSeconds }: Scale,
) {
  return { ...variant, textBytes: payload.bytes, seconds, warmupSeconds }
}
