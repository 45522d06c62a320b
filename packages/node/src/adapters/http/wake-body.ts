import { chatId } from '@moltnet/protocol'
import type { Message, Target } from '@moltnet/protocol'
import type { Session, Wake } from '../adapter.ts'

/** The JSON of a wake that is posted, version `moltnet.wake.v1`; fields may be added. */
export interface WakeBody {
  version: 'moltnet.wake.v1'
  network_id: string
  /** Who is woken. */
  agent_id: string
  /** `<network>:room|dm|thread:<id>`. */
  chat_id: string
  /** Where an answer belongs, as `POST /v1/messages` takes it. */
  target: Target
  /** Names the conversation and the agent; the same for every wake of it. */
  session_key: string
  /** `fresh` until a wake of this session was delivered. */
  session: 'fresh' | 'known'
  /** Which try of these messages this is, from 1. */
  attempt: number
  /** In order; empty for the bootstrap turn. */
  message_ids: string[]
  messages: readonly Message[]
  /** The wake in words, for a prompt: the same text that programs get on stdin. */
  text: string
}

/** The body of one wake. */
export function wakeBody(wake: Wake, session: Session, agentId: string): WakeBody {
  const state = session.runtimeId === undefined ? 'fresh' : 'known'
  return {
    version: 'moltnet.wake.v1',
    network_id: wake.networkId,
    agent_id: agentId,
    chat_id: chatId(wake.networkId, wake.target),
    target: wake.target,
    session_key: session.key,
    session: state,
    attempt: wake.attempt,
    message_ids: wake.messages.map((message) => message.id),
    messages: wake.messages,
    text: wake.prompt(state),
  }
}
