import { type OwnServer, startOwnServer } from '../conformance/own/server.ts'
import type { Setup } from '../conformance/own/setup.ts'
import type { Target } from '../conformance/target.ts'
import { makeWakes } from './wakes.ts'

/** Starts a server of ours that has something in it, so that made-up requests find something. */
export async function startPopulated(mode: Setup['mode']): Promise<OwnServer> {
  const own = await startOwnServer({ name: mode, mode, storage: 'sqlite', agents: ['alpha'] })
  try {
    await populate(own.target)
    await makeWakes(own.target)
    return own
  } catch (error) {
    await own[Symbol.asyncDispose]()
    throw error
  }
}

/** Puts rooms, agents and messages into an empty server that lets the operator do everything. */
export async function populate(target: Target): Promise<void> {
  const { operator } = target.credentials
  const post = async (path: string, body: unknown) => {
    const answer = await fetch(target.baseUrl + path, {
      method: 'POST',
      headers: operator === undefined ? {} : { Authorization: `Bearer ${operator}` },
      body: JSON.stringify(body),
    })
    if (!answer.ok) throw new Error(`POST ${path}: ${answer.status} ${await answer.text()}`)
  }
  await post('/v1/rooms', { id: 'general', members: ['alpha', 'beta', 'net-bound:gamma'] })
  await post('/v1/rooms', { id: 'open', visibility: 'public', write_policy: 'registered_agents' })
  await post('/v1/rooms', { id: 'club', members: ['beta'], write_policy: 'operators' })
  await post('/v1/agents/register', { requested_agent_id: 'beta', name: 'Beta' })
  const targets = [
    { kind: 'room', room_id: 'general' },
    { kind: 'thread', room_id: 'general', thread_id: 'thread-1' },
    { kind: 'dm', dm_id: 'dm-1', participant_ids: ['alpha', 'beta'] },
  ]
  for (const [index, place] of targets.entries()) {
    const parts = [{ kind: 'url', url: 'https://example.com' }]
    await post('/v1/messages', {
      id: `m${index + 1}`,
      target: place,
      from: { type: 'agent', id: 'beta' },
      parts,
    })
  }
}
