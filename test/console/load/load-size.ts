/** How much a test of the console under load does. */
export interface LoadSize {
  /** Messages of the room that is scrolled through. */
  messages: number
  /** How long messages come at the full rate. */
  seconds: number
}

/** In every run of the tests. */
export const SHORT_LOAD: LoadSize = { messages: 10_000, seconds: 5 }

/** What the console has to bear; on demand, since it takes minutes. */
export const FULL_LOAD: LoadSize = { messages: 100_000, seconds: 30 }

/** Messages that come in a second, whatever the size. */
export const PER_SECOND = 100
