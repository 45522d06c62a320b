import { inRoom } from '../attacks/checks/steps.ts'
import { AttachPeer, type Frame, identify, messageIdOf, VERSION } from '../conformance/peers/attach.ts'
import { expectOk } from '../conformance/peers/http.ts'
import { BOUND_AGENT, type Target } from '../conformance/target.ts'
import { World } from '../conformance/world.ts'
import { until } from '../support/condition.ts'

/** Wakes that wait for an operator, and silent ones that hold a text. One more waits for its next try. */
const HELD = 8
const SILENT = 8

/** Ids of the wakes that {@link makeWakes} makes, in a server that had none. */
export const WAKE_IDS = Array.from(
  { length: HELD + SILENT + 1 },
  (_, index) => `wake_${(index + 1).toString(36).padStart(6, '0')}`,
)

/** Makes wakes that operators can do something with: held, failed, and silent with a text that is held. */
export async function makeWakes(target: Target): Promise<void> {
  await using world = new World(target)
  for (const id of ['watched', 'talk']) {
    const body = { id, members: [BOUND_AGENT, 'beta'] }
    expectOk(await world.operator('POST', '/v1/rooms', { body }), 201, `creating ${id}`)
  }
  await using node = await attachNode(world)
  for (let n = 0; n < SILENT; n++) {
    const cursor = (await called(world, node))['cursor']
    const ended = { state: 'turn_ended', detail: { outcome: 'delivered', final_text: `thought ${n}` } }
    for (const status of [{ state: 'turn_started' }, ended])
      node.send({ op: 'STATUS', version: VERSION, cursor, ...status })
    node.send({ op: 'ACK', version: VERSION, cursor })
  }
  const { cursor } = await called(world, node)
  node.send({ op: 'NACK', version: VERSION, cursor, reason: 'failed', retry_after_ms: 300_000 })
  for (let n = 0; n < HELD; n++) await world.post(inRoom('watched'), { from: 'beta' })
  const states = { held: HELD, silent: SILENT, failed: 1 }
  for (const [state, count] of Object.entries(states)) {
    const listed = async () => {
      const answer = await world.operator('GET', `/v1/wakes?state=${state}`)
      return (answer.json['wakes'] as unknown[]).length === count
    }
    await until(listed, `${count} wakes are ${state}`)
  }
}

/** Attaches an agent whose wakes of one room need an approval. */
async function attachNode(world: World): Promise<AttachPeer> {
  const { baseUrl, networkId } = world.target
  const node = await AttachPeer.open(baseUrl, { token: world.token('boundAttach') })
  node.autoAck = false
  const rooms = [
    { id: 'watched', wake: 'all', approval: true },
    { id: 'talk', wake: 'all' },
  ]
  await node.op('HELLO', 'HELLO')
  node.send(identify({ networkId, agentId: BOUND_AGENT, consumer: { durable: true, rooms } }))
  await node.op('READY', 'READY')
  return node
}

/** Says something to the agent, and takes the wake. */
async function called(world: World, node: AttachPeer): Promise<Frame> {
  const { message_id: id } = await world.post(inRoom('talk'), { from: 'beta' })
  return node.frames.find((frame) => messageIdOf(frame) === id, `the wake by ${id}`)
}
