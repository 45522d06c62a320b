import type { PicoclawRuntime } from '@moltnet/config'
import { sessionUuid } from '@moltnet/protocol'
import { pause } from '../../backoff.ts'
import { NODE_LIMITS } from '../../limits.ts'
import type { Adapter, DeliveryOutcome, Session, Wake } from '../adapter.ts'
import { unavailable } from '../health.ts'
import { IdempotencyKeys } from '../idempotency.ts'
import { excerpt } from '../program.ts'
import { troubleOf } from './health.ts'
import { PicoSocket } from './socket.ts'
import type { PicoRefusal } from './socket.ts'
import { TurnEnd } from './turn-end.ts'

type EventsRuntime = Extract<PicoclawRuntime, { via: 'events' }>

/** What PicoClaw takes as an order to end the running turn. */
const STOP = '/stop'

/** PicoClaw's gateway by its WebSocket, one socket for each turn. */
export function createPicoclawEventsAdapter(runtime: EventsRuntime): Adapter {
  const keys = new IdempotencyKeys()
  const urls = [
    runtime.eventsUrl,
    ...(runtime.fallbackEventsUrl === undefined ? [] : [runtime.fallbackEventsUrl]),
  ]

  /** Tries the URLs in turn; the one that works stands first from then on. */
  const connect = async (sessionId: string): Promise<PicoSocket | PicoRefusal> => {
    let refusal: PicoRefusal | undefined
    for (const url of [...urls]) {
      const socket = await PicoSocket.open({ url, sessionId, token: runtime.token })
      if (socket instanceof PicoSocket) {
        urls.sort((a, b) => Number(b === url) - Number(a === url))
        return socket
      }
      // A gateway that answered is the right one: its refusal tells more than that of an empty port.
      if (refusal?.status === undefined) refusal = socket
    }
    return refusal ?? { type: 'refused', status: undefined, error: 'no URL is configured' }
  }

  return {
    async deliver(wake: Wake, session: Session, signal: AbortSignal): Promise<DeliveryOutcome> {
      // PicoClaw writes session names in lower case, where two keys could become one.
      const sessionId = await sessionUuid(session.key)
      const socket = await connect(sessionId)
      if (!(socket instanceof PicoSocket)) {
        const trouble = troubleOf(socket, urls)
        const isRefused = trouble.state === 'refused'
        const { refusedRetryMs, unreachableRetryMs } = NODE_LIMITS
        return unavailable(trouble, isRefused ? refusedRetryMs : unreachableRetryMs)
      }
      const turn = { connect: () => connect(sessionId), signal, stopId: crypto.randomUUID() }
      socket.say(
        await keys.keyOf(wake, session),
        wake.prompt(session.runtimeId === undefined ? 'fresh' : 'known'),
      )
      wake.started()
      const outcome = await followTurn(socket, turn)
      if (outcome.type === 'delivered') session.remember(sessionId)
      return outcome
    },
    async diagnose() {
      // A socket in which nothing is said begins no session.
      const socket = await connect(crypto.randomUUID())
      if (!(socket instanceof PicoSocket)) return troubleOf(socket, urls)
      socket.close()
      return { state: 'ready' }
    },
    async close() {},
  }
}

interface FollowedTurn {
  /** Opens another socket of the session. */
  connect(): Promise<PicoSocket | PicoRefusal>
  signal: AbortSignal
  /** Id of the order to end the turn. */
  stopId: string
}

/** Reads what comes until the turn is over. What is said while no socket is open is lost, and may be the end. */
async function followTurn(
  first: PicoSocket,
  { connect, signal, stopId }: FollowedTurn,
): Promise<DeliveryOutcome> {
  const end = new TurnEnd(performance.now())
  let socket = first
  let patience = Number.POSITIVE_INFINITY
  try {
    for (;;) {
      const frame = await socket.next(end.quietMs ?? patience, signal)
      switch (frame) {
        case 'aborted':
          await stop(socket, stopId)
          return { type: 'retry', reason: 'unavailable', error: 'the turn was ended by the node' }
        case 'silence':
          return end.quietMs === undefined ? lost('nothing came after it was made again') : outcomeOf(end)
        case 'closed': {
          if (end.quietMs !== undefined) return outcomeOf(end)
          const again = await contactAgain(connect, signal)
          if (!(again instanceof PicoSocket)) return lost(again.error)
          socket = again
          patience = NODE_LIMITS.picoclawLostMs
          break
        }
        default:
          patience = Number.POSITIVE_INFINITY
          end.take(frame, performance.now())
          if (end.failure !== undefined) return outcomeOf(end)
      }
    }
  } finally {
    socket.close()
  }
}

/** Ends the turn. What is said about that is waited for: in the next turn it would pass for the answer. */
async function stop(socket: PicoSocket, id: string): Promise<void> {
  socket.say(id, STOP)
  const limit = AbortSignal.timeout(NODE_LIMITS.abortMs)
  const end = new TurnEnd(performance.now())
  for (;;) {
    const frame = await socket.next(end.quietMs ?? NODE_LIMITS.abortMs, limit)
    if (typeof frame === 'string') return
    end.take(frame, performance.now())
  }
}

function outcomeOf(end: TurnEnd): DeliveryOutcome {
  const result = end.failure ?? end.end()
  if (result.type === 'said') return { type: 'delivered', text: result.text, warnings: [] }
  return { type: 'failed', reason: 'failed', error: excerpt(result.error), warnings: [] }
}

function lost(why: string): DeliveryOutcome {
  const error = `the connection to PicoClaw was lost during the turn (${why}); how it ended is not known`
  return { type: 'failed', reason: 'failed', error, warnings: [] }
}

async function contactAgain(
  connect: () => Promise<PicoSocket | PicoRefusal>,
  signal: AbortSignal,
): Promise<PicoSocket | PicoRefusal> {
  const deadline = performance.now() + NODE_LIMITS.contactMs
  for (;;) {
    const contact = await connect()
    if (contact instanceof PicoSocket || signal.aborted || performance.now() > deadline) return contact
    await pause(NODE_LIMITS.contactPauseMs, signal)
  }
}
