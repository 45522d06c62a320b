import { identify } from '../conformance/peers/attach.ts'
import { expectOk } from '../conformance/peers/http.ts'
import { inDm, inRoom, inThread } from '../attacks/checks/steps.ts'
import type { AgentName, Scene } from './scene.ts'

/** Everything that can happen in a network, to the rooms and agents of a scene, one thing at a time. */
export async function tell(scene: Scene): Promise<void> {
  await scene.createRoom('club', { members: ['in', 'mate'] })
  await scene.createRoom('den', { members: ['far'] })
  await scene.createRoom('square', { members: ['far'], visibility: 'public' })
  await scene.flush()
  for (const room of ['club', 'den', 'square']) {
    await scene.step(room, ['message.created'], () => scene.post(inRoom(room), 'far'))
    const target = inThread(room, `${room}-thread`)
    await scene.step(`${room} thread`, ['thread.created', 'message.created'], () => scene.post(target, 'far'))
  }
  await directMessages(scene)
  await lifeOfRooms(scene)
  await lifeOfAgents(scene)
}

async function directMessages(scene: Scene): Promise<void> {
  await scene.step('DM with in', ['dm.created', 'message.created', 'agent.wake.delivered'], () =>
    scene.post(inDm('dm-own', 'in', 'mate'), 'mate'),
  )
  await scene.step('DM of others', ['dm.created', 'message.created'], () =>
    scene.post(inDm('dm-others', 'far', 'mate'), 'far'),
  )
}

async function lifeOfRooms(scene: Scene): Promise<void> {
  const { world } = scene
  const rooms = [
    ['room of in', { members: ['in'] }],
    ['room of others', { members: ['far'] }],
    ['public room', { members: ['far'], visibility: 'public' }],
  ] as const
  for (const [label, room] of rooms) {
    const id = label.replaceAll(' ', '-')
    await scene.step(label, ['room.created'], () =>
      scene.createRoom(id, { ...room, members: [...room.members] }),
    )
    await scene.step(label, ['room.members.updated'], () =>
      world.operator('PATCH', `/v1/rooms/${id}/members`, { body: { add: ['guest'] } }),
    )
    await scene.step(label, ['room.removed'], () => world.operator('DELETE', `/v1/rooms/${id}`))
  }
}

async function lifeOfAgents(scene: Scene): Promise<void> {
  const { world } = scene
  await scene.step('call of in', ['message.created', 'agent.wake.delivered'], () =>
    scene.post(inRoom('club'), 'far', '@in hello'),
  )
  for (const [agent, room] of [
    ['mate', 'club'],
    ['far', 'den'],
  ] as const) {
    const socket = await come(scene, agent)
    await scene.step(`call of ${agent}`, ['message.created', 'agent.wake.delivered'], () =>
      scene.post(inRoom(room), 'in', `@${agent} hello`),
    )
    socket.autoAck = false
    await scene.step(
      `${agent} goes`,
      ['message.created', 'agent.wake.failed', 'agent.disconnected'],
      async () => {
        const { message_id: id } = await scene.post(inRoom(room), 'in', `@${agent} hello again`)
        await socket.event('message.created', 'the call', id)
        await socket[Symbol.asyncDispose]()
      },
    )
  }
  await approval(scene)
  await gap(scene)
  for (const agent of ['mate', 'far'] as const) {
    // The lobby and the agent's own room change, and then the agent is gone.
    await scene.step(`end of ${agent}`, ['agent.removed'], async () =>
      expectOk(await world.operator('DELETE', `/v1/agents/${agent}`), 200, 'removing it'),
    )
  }
}

/** A wake that an operator has to decide about, and what is decided. */
async function approval(scene: Scene): Promise<void> {
  const { world } = scene
  const consumer = { durable: true, rooms: [{ id: 'club', wake: 'all', approval: true }] }
  const socket = await come(scene, 'mate', consumer)
  await scene.step('held wake of mate', ['message.created', 'agent.wake.updated'], () =>
    scene.post(inRoom('club'), 'in'),
  )
  const { wakes } = expectOk(await world.operator('GET', '/v1/wakes?state=held'), 200, 'the held wakes')
  const [held] = wakes as { id: string }[]
  await scene.step('dismissed wake of mate', ['agent.wake.updated'], () =>
    world.operator('POST', `/v1/wakes/${held?.id}/dismiss`),
  )
  await scene.step('mate goes', ['agent.disconnected'], () => socket[Symbol.asyncDispose]())
}

async function come(scene: Scene, agent: AgentName, consumer?: object) {
  const socket = await scene.world.socket({ token: scene.token(agent) })
  await scene.step(`${agent} comes`, ['agent.connected'], async () => {
    await socket.op('HELLO', 'HELLO')
    socket.send(identify({ networkId: scene.world.target.networkId, agentId: agent, consumer }))
    await socket.op('READY', 'READY')
  })
  return socket
}

/** Who asks for what is gone is told of the gap, and nobody else. */
async function gap(scene: Scene): Promise<void> {
  await scene.step('gap of late', ['agent.connected'], async () => {
    const socket = await scene.attach('late', 'evt_never_was')
    await socket.event('stream.replay_gap', 'the gap')
  })
}
