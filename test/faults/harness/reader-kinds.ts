import type { HttpClient } from '@moltnet/client'
import {
  type Reader,
  type ReaderOptions,
  startApprovedAgent,
  startDurableAgent,
  startPlainAgent,
  startPoller,
  startStream,
  startWalker,
} from './readers.ts'

/** Who reads along. */
export type ReaderKind = 'durable' | 'approved' | 'plain' | 'stream' | 'poller' | 'walker'

/** The kinds whose messages need no approval. */
export const READERS: readonly ReaderKind[] = ['durable', 'plain', 'stream', 'poller', 'walker']

/** Starts a reader of a kind, named after it, with those of the conversations that reach it. */
export function startReader(
  kind: ReaderKind,
  o: Omit<ReaderOptions, 'name'> & { readonly client: HttpClient },
): Reader {
  const all = { ...o, name: kind }
  const rooms = { ...all, conversations: o.conversations.filter(({ target }) => target.kind !== 'dm') }
  switch (kind) {
    case 'durable':
      return startDurableAgent(all)
    case 'approved':
      return startApprovedAgent(rooms)
    case 'plain':
      return startPlainAgent(rooms)
    case 'stream':
      return startStream(all)
    case 'poller':
      return startPoller(all)
    case 'walker':
      return startWalker(all)
  }
}
