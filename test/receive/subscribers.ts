import { Broken } from '../conformance/expect.ts'
import type { AttachPeer, Frame } from '../conformance/peers/attach.ts'
import type { StreamEvent, StreamPeer } from '../conformance/peers/stream.ts'

/** An event as somebody received it, over whichever connection. */
export interface Received {
  id: string
  type: string
  /** The payload under its key: `message`, `room`, `agent` … */
  event: Record<string, unknown>
}

/** One connection that events come to. */
export interface Subscriber {
  name: string
  /** The credential that it came with. */
  token: string | undefined
  /** Everything so far, in order. */
  received(): readonly Received[]
  /** Resolves when the event has come; rejects when it does not in time. */
  got(eventId: string): Promise<void>
}

/** Who is at the other end. */
export interface Identity {
  name: string
  token: string | undefined
}

export function streamSubscriber(stream: StreamPeer, who: Identity): Subscriber {
  const of = ({ id, event, data }: StreamEvent): Received => ({ id, type: event, event: data })
  return {
    ...who,
    received: () => stream.events.all.map(of),
    got: async (eventId) => {
      await stream.events.find(({ id }) => id === eventId, `${who.name} gets ${eventId}`)
    },
  }
}

export function socketSubscriber(socket: AttachPeer, who: Identity): Subscriber {
  return {
    ...who,
    received: () => socket.frames.all.filter(({ op }) => op === 'EVENT').map(ofFrame),
    got: async (eventId) => {
      await socket.frames.find(({ cursor }) => cursor === eventId, `${who.name} gets ${eventId}`)
    },
  }
}

function ofFrame(frame: Frame): Received {
  const event = frame['event'] as Record<string, unknown> & { id: string; type: string }
  if (frame['cursor'] !== event.id) throw new Broken(`cursor ${String(frame['cursor'])} of event ${event.id}`)
  return { id: event.id, type: event.type, event }
}
