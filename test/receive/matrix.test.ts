import { describe, expect, test } from 'bun:test'
import { startOwnServer } from '../conformance/own/server.ts'
import type { Setup } from '../conformance/own/setup.ts'
import { World } from '../conformance/world.ts'
import { AGENTS, type Credentialing, formatMatrix, Scene } from './scene.ts'
import { tell } from './story.ts'

/** Who receives what: over HTTP, from the event stream, and on the socket of an attachment. */
interface Declared {
  title: string
  setup: Setup
  agents: Credentialing
  matrix: string
}

const DECLARED: readonly Declared[] = [
  {
    title: 'in an open network',
    setup: { name: 'open', mode: 'open', storage: 'sqlite' },
    agents: 'claim',
    matrix: `
http: nobody observer admin writer attach pair in out
stream: observer nobody admin writer attach pair in
socket: in out seer
club: message.created                                .++...+. +.+.... +.+
club thread: thread.created                          .++...+. +.+.... +.+
club thread: message.created                         .++...+. +.+.... +.+
den: message.created                                 .++..... +.+.... ..+
den thread: thread.created                           .++..... +.+.... ..+
den thread: message.created                          .++..... +.+.... ..+
square: message.created                              ++++++++ +++++++ +++
square thread: thread.created                        ++++++++ +++++++ +++
square thread: message.created                       ++++++++ +++++++ +++
DM with in: dm.created                               .++...+. +.+.... +.+
DM with in: message.created                          .++...+. +.+.... +.+
DM with in: agent.wake.delivered                     .++...+. +.+.... +.+
DM of others: dm.created                             .++..... +.+.... ..+
DM of others: message.created                        .++..... +.+.... ..+
room of in: room.created                             .++...+. +.+.... +.+
room of in: room.members.updated room-of-in          .++...+. +.+.... +.+
room of in: room.removed                             -------- +.+.... +.+
room of others: room.created                         .++..... +.+.... ..+
room of others: room.members.updated room-of-others  .++..... +.+.... ..+
room of others: room.removed                         -------- +.+.... ..+
public room: room.created                            ++++++++ +++++++ +++
public room: room.members.updated public-room        ++++++++ +.+.... +++
public room: room.removed                            -------- +++++++ +++
call of in: message.created                          .++...+. +.+.... +.+
call of in: agent.wake.delivered                     .++...+. +.+.... +.+
mate comes: agent.connected                          ++++++++ +.+.... +.+
call of mate: message.created                        .++...+. +.+.... +.+
call of mate: agent.wake.delivered                   .++...+. +.+.... ..+
mate goes: message.created                           .++...+. +.+.... +.+
mate goes: agent.wake.failed                         .++...+. +.+.... ..+
mate goes: agent.disconnected                        ++++++++ +.+.... +.+
far comes: agent.connected                           ++++++++ +.+.... ..+
call of far: message.created                         .++..... +.+.... ..+
call of far: agent.wake.delivered                    .++..... +.+.... ..+
far goes: message.created                            .++..... +.+.... ..+
far goes: agent.wake.failed                          .++..... +.+.... ..+
far goes: agent.disconnected                         ++++++++ +.+.... ..+
held wake of mate: message.created                   .++...+. +.+.... +.+
held wake of mate: agent.wake.updated                .++..... +.+.... ..+
dismissed wake of mate: agent.wake.updated           .++..... +.+.... ..+
gap of late: agent.connected                         ++++++++ +.+.... ..+
end of mate: room.members.updated club               .++...+. +.+.... +.+
end of mate: agent.removed                           -------- +.+.... ..+
end of far: room.members.updated den                 .++..... +.+.... ..+
end of far: room.members.updated square              ++++++++ +.+.... +++
end of far: agent.removed                            -------- +.+.... ..+
`,
  },
  {
    title: 'with static tokens and nothing public',
    setup: { name: 'bearer', mode: 'bearer', storage: 'memory', agents: AGENTS },
    agents: 'static',
    matrix: `
http: nobody observer admin writer attach pair in out
stream: observer admin
socket: in out seer
club: message.created                                .++...+. ++ +.+
club thread: thread.created                          .++...+. ++ +.+
club thread: message.created                         .++...+. ++ +.+
den: message.created                                 .++..... ++ ..+
den thread: thread.created                           .++..... ++ ..+
den thread: message.created                          .++..... ++ ..+
square: message.created                              .++...++ ++ ..+
square thread: thread.created                        .++...++ ++ ..+
square thread: message.created                       .++...++ ++ ..+
DM with in: dm.created                               .++...+. ++ +.+
DM with in: message.created                          .++...+. ++ +.+
DM with in: agent.wake.delivered                     .++...+. ++ +.+
DM of others: dm.created                             .++..... ++ ..+
DM of others: message.created                        .++..... ++ ..+
room of in: room.created                             .++...+. ++ +.+
room of in: room.members.updated room-of-in          .++...+. ++ +.+
room of in: room.removed                             -------- ++ +.+
room of others: room.created                         .++..... ++ ..+
room of others: room.members.updated room-of-others  .++..... ++ ..+
room of others: room.removed                         -------- ++ ..+
public room: room.created                            .++...++ ++ ..+
public room: room.members.updated public-room        .++...++ ++ ..+
public room: room.removed                            -------- ++ ..+
call of in: message.created                          .++...+. ++ +.+
call of in: agent.wake.delivered                     .++...+. ++ +.+
mate comes: agent.connected                          .++...+. ++ +.+
call of mate: message.created                        .++...+. ++ +.+
call of mate: agent.wake.delivered                   .++...+. ++ ..+
mate goes: message.created                           .++...+. ++ +.+
mate goes: agent.wake.failed                         .++...+. ++ ..+
mate goes: agent.disconnected                        .++...+. ++ +.+
far comes: agent.connected                           .++...++ ++ ..+
call of far: message.created                         .++..... ++ ..+
call of far: agent.wake.delivered                    .++..... ++ ..+
far goes: message.created                            .++..... ++ ..+
far goes: agent.wake.failed                          .++..... ++ ..+
far goes: agent.disconnected                         .++...++ ++ ..+
held wake of mate: message.created                   .++...+. ++ +.+
held wake of mate: agent.wake.updated                .++..... ++ ..+
dismissed wake of mate: agent.wake.updated           .++..... ++ ..+
gap of late: agent.connected                         .++..... ++ ..+
end of mate: room.members.updated club               .++...+. ++ +.+
end of mate: agent.removed                           -------- ++ ..+
end of far: room.members.updated den                 .++..... ++ ..+
end of far: room.members.updated square              .++...++ ++ ..+
end of far: agent.removed                            -------- ++ ..+
`,
  },
  {
    title: 'with auth off',
    setup: { name: 'none', mode: 'none', storage: 'memory' },
    agents: 'none',
    matrix: `
http: nobody
stream: observer
socket: in out
club: message.created                                + + ++
club thread: thread.created                          + + ++
club thread: message.created                         + + ++
den: message.created                                 + + ++
den thread: thread.created                           + + ++
den thread: message.created                          + + ++
square: message.created                              + + ++
square thread: thread.created                        + + ++
square thread: message.created                       + + ++
DM with in: dm.created                               + + +.
DM with in: message.created                          + + +.
DM with in: agent.wake.delivered                     + + +.
DM of others: dm.created                             + + ..
DM of others: message.created                        + + ..
room of in: room.created                             + + ++
room of in: room.members.updated room-of-in          + + ++
room of in: room.removed                             - + ++
room of others: room.created                         + + ++
room of others: room.members.updated room-of-others  + + ++
room of others: room.removed                         - + ++
public room: room.created                            + + ++
public room: room.members.updated public-room        + + ++
public room: room.removed                            - + ++
call of in: message.created                          + + ++
call of in: agent.wake.delivered                     + + +.
mate comes: agent.connected                          + + +.
call of mate: message.created                        + + ++
call of mate: agent.wake.delivered                   + + ..
mate goes: message.created                           + + ++
mate goes: agent.wake.failed                         + + ..
mate goes: agent.disconnected                        + + +.
far comes: agent.connected                           + + ..
call of far: message.created                         + + ++
call of far: agent.wake.delivered                    + + ..
far goes: message.created                            + + ++
far goes: agent.wake.failed                          + + ..
far goes: agent.disconnected                         + + ..
held wake of mate: message.created                   + + ++
held wake of mate: agent.wake.updated                + + ..
dismissed wake of mate: agent.wake.updated           + + ..
gap of late: agent.connected                         + + ..
end of mate: room.members.updated club               + + ++
end of mate: agent.removed                           - + ..
end of far: room.members.updated den                 + + ++
end of far: room.members.updated square              + + ++
end of far: agent.removed                            - + ..
`,
  },
]

for (const { title, setup, agents, matrix } of DECLARED) {
  describe(`${title}, everybody receives`, () => {
    test('exactly what the matrix says, in the order of the log', async () => {
      await using own = await startOwnServer(setup)
      await using world = new World(own.target)
      const scene = await Scene.open(world, agents)
      await tell(scene)
      expect(formatMatrix(scene.matrix)).toEqual(matrix.trim().split('\n'))
      for (const { name, received } of scene.subscribers) {
        const positions = received().map(({ id }) => Number(id.split('.').at(-1)))
        expect([name, positions]).toEqual([name, positions.toSorted((a, b) => a - b)])
        // A gap is told to who asked for what is gone, and to nobody else.
        expect([name, received().filter(({ type }) => type === 'stream.replay_gap')]).toEqual([name, []])
      }
    }, 60_000)
  })
}
