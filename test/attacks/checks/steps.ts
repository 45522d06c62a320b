import { withstands } from '../../conformance/expect.ts'
import { type Answer, expectOk } from '../../conformance/peers/http.ts'
import type { World } from '../../conformance/world.ts'

/** A stored message as a reader gets it. */
export interface Stored {
  id: string
  from: Record<string, string>
  origin: Record<string, string>
  target: Record<string, unknown>
  parts: { kind: string; text?: string; data?: Record<string, unknown> }[]
  mentions?: string[]
}

/** A conversation by its path: `rooms/general`, `threads/t1`, `dms/d1`. */
export async function history(world: World, conversation: string): Promise<Stored[]> {
  const answer = await world.operator('GET', `/v1/${conversation}/messages?limit=500`)
  return expectOk(answer, 200, `history of ${conversation}`)['messages'] as Stored[]
}

/** The newest message of a conversation. */
export async function newest(world: World, conversation: string): Promise<Stored | undefined> {
  return (await history(world, conversation)).at(-1)
}

/** The attack was answered with one of these statuses. */
export function refused(answer: Answer | number, statuses: number | readonly number[], what: string): void {
  const wanted = typeof statuses === 'number' ? [statuses] : statuses
  const status = typeof answer === 'number' ? answer : answer.status
  withstands(wanted.includes(status), `${what}: expected ${wanted.join(' or ')}, got ${status}`)
}

/** An agent that owns its id: with the token that it claimed, or without one where auth is off. */
export interface Agent {
  id: string
  token: string | undefined
}

/** Registers a fresh agent. The target lets anybody register, or has auth off. */
export async function claim(world: World, kind: string): Promise<Agent> {
  const id = world.id(kind)
  const answer = await world.http('POST', '/v1/agents/register', { body: { requested_agent_id: id } })
  const { agent_token: token } = expectOk(answer, 201, `claiming ${id}`)
  return { id, token: token as string | undefined }
}

/** Posts as an agent with its own credential. */
export function say(world: World, agent: Agent, o: { target: unknown; text?: string; id?: string }) {
  const body = world.message(o.target, { ...o, from: agent.id })
  return world.http('POST', '/v1/messages', { token: agent.token, body })
}

/** Signs in to the console as a browser does and gives the Cookie header. */
export async function consoleCookie(world: World): Promise<string> {
  const token = encodeURIComponent(String(world.token('operator')))
  const answer = await world.http('GET', `/console/?access_token=${token}`)
  return (answer.headers.get('set-cookie') ?? '').split(';')[0] ?? ''
}

export const inRoom = (room: string) => ({ kind: 'room', room_id: room })
export const inThread = (room: string, thread: string) => ({
  kind: 'thread',
  room_id: room,
  thread_id: thread,
})
export const inDm = (dm: string, ...participants: string[]) => ({
  kind: 'dm',
  dm_id: dm,
  participant_ids: participants,
})
