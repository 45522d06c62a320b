import { describe, expect, test } from 'bun:test'
import { decide } from '../../src/domain/access.ts'
import type { AccessContext, ActionOf, EventFacts, Resource } from '../../src/domain/access.ts'
import { callersOf, contextOf, mark, MODES, roomOf } from './access-fixture.ts'
import type { ModeName } from './access-fixture.ts'

/** Every action of every kind of resource; the table below does not compile without each of them. */
type Key = { [K in Resource['kind']]: `${ActionOf[K]} ${K}` }[Resource['kind']]

/** A situation of a resource: what is asked about, under a switch of the configuration perhaps. */
interface Situation {
  resource: Resource
  context?: Partial<AccessContext>
  /** One answer a caller, in the order of CALLERS; `none` has the operator alone. */
  expected: Record<ModeName, string>
}

/** For rows in which all modes with auth agree. */
const everywhere = (none: string, row: string): Record<ModeName, string> => ({
  none,
  bearer: row,
  'bearer+token': row,
  'bearer+public': row,
  open: row,
})
/** For rows in which `public_read` makes the difference. */
const reads = (none: string, closed: string, open: string): Record<ModeName, string> => ({
  none,
  bearer: closed,
  'bearer+token': closed,
  'bearer+public': open,
  open,
})

const ADMIN_ONLY = everywhere('+', '133+33+33333')
const OBSERVER_ONLY = everywhere('+', '1+3+33+33333')
const ALL = '++++++++++++'
const NOBODY = '333333333333'
const priv = roomOf('private')
const pub = roomOf('public')
const human = { type: 'human', id: 'ann' } as const
const inside = { type: 'agent', id: 'in' } as const
const outside = { type: 'agent', id: 'out' } as const
const dmsOff = { directMessages: false }

const agentEvent = (type: 'agent.connected' | 'agent.wake.delivered' | 'agent.removed'): EventFacts => ({
  kind: 'agent',
  type,
  agentId: 'in',
  sharesRoomWith: (other) => other === 'mate',
})
const event = (attachedAs: string | null, about: EventFacts): Resource => ({
  kind: 'event',
  attachedAs,
  event: about,
})
const roomEvent = (attachedAs: string | null, room = priv, type = 'message.created' as const) =>
  event(attachedAs, { kind: 'room', type, room })

const TABLE: Record<Key, Record<string, Situation>> = {
  //                                                  a o w a a p a a a w a a
  //                                                  n b r d t a + t t r g g
  //                                                  o s i m t i w i 2 o i o
  'read network': {
    any: { resource: { kind: 'network' }, expected: reads('+', '1+3++++++3++', ALL) },
  },
  'read metrics': { any: { resource: { kind: 'metrics' }, expected: ADMIN_ONLY } },
  'read discovery': {
    any: { resource: { kind: 'discovery' }, expected: reads('+', '1+3+33+33333', ALL) },
  },
  'read skill': {
    any: { resource: { kind: 'skill' }, expected: reads('+', '1++++3++++++', ALL) },
  },
  'read console': {
    any: { resource: { kind: 'console' }, expected: reads('+', '1+3+33+33333', ALL) },
  },
  'read pairings': { any: { resource: { kind: 'pairings' }, expected: OBSERVER_ONLY } },
  'apply configuration': { any: { resource: { kind: 'configuration' }, expected: ADMIN_ONLY } },
  'list rooms': {
    any: { resource: { kind: 'rooms' }, expected: reads('+', '1+3+3+++3+++', ALL) },
  },
  'create rooms': { any: { resource: { kind: 'rooms' }, expected: ADMIN_ONLY } },
  'read room': {
    private: {
      resource: { kind: 'room', room: priv },
      expected: reads('+', '1+3+33++33+3', '3+3+33++33+3'),
    },
    public: {
      resource: { kind: 'room', room: pub },
      expected: reads('+', '1+3+33++3+++', ALL),
    },
    unknown: {
      resource: { kind: 'room', room: undefined },
      expected: reads('4', '143433443444', '444444444444'),
    },
  },
  'manage room': {
    known: { resource: { kind: 'room', room: priv }, expected: ADMIN_ONLY },
    unknown: { resource: { kind: 'room', room: undefined }, expected: everywhere('4', '133433433333') },
  },
  'remove room': {
    known: { resource: { kind: 'room', room: pub }, expected: ADMIN_ONLY },
    unknown: { resource: { kind: 'room', room: undefined }, expected: everywhere('4', '133433433333') },
  },
  'read artifacts': {
    any: { resource: { kind: 'artifacts' }, expected: everywhere('+', '1+3+33++3+++') },
  },
  'read room_artifacts': {
    private: {
      resource: { kind: 'room_artifacts', room: priv },
      expected: everywhere('+', '1+3+33++33+3'),
    },
    public: { resource: { kind: 'room_artifacts', room: pub }, expected: everywhere('+', '1+3+33++3+++') },
    unknown: {
      resource: { kind: 'room_artifacts', room: undefined },
      expected: everywhere('4', '143433443444'),
    },
  },
  'list dms': {
    on: { resource: { kind: 'dms' }, expected: everywhere('+', '1+3+33++3+++') },
    off: { resource: { kind: 'dms' }, context: dmsOff, expected: everywhere('3', '133333333333') },
  },
  'read dm': {
    'of in': {
      resource: { kind: 'dm', participants: ['in', 'net_b:other'] },
      expected: everywhere('+', '1+3+33++33+3'),
    },
    'of in, scoped': {
      resource: { kind: 'dm', participants: ['net_a:in', 'net_b:out'] },
      expected: everywhere('+', '1+3+33++33+3'),
    },
    unknown: {
      resource: { kind: 'dm', participants: undefined },
      expected: everywhere('4', '143433443444'),
    },
    off: {
      resource: { kind: 'dm', participants: ['in', 'ann'] },
      context: dmsOff,
      expected: everywhere('3', '133333333333'),
    },
  },
  'list agents': {
    any: { resource: { kind: 'agents' }, expected: reads('+', '1+3+3+++3+++', ALL) },
  },
  'read agent': {
    'registered, in a private room': {
      resource: { kind: 'agent', agent: { agentId: 'in', registered: true, rooms: [priv] } },
      expected: reads('+', '1+3+33++34+4', ALL),
    },
    'only named in a private room': {
      resource: { kind: 'agent', agent: { agentId: 'in', registered: false, rooms: [priv] } },
      expected: reads('+', '1+3+33++34+4', '4+4+44++44+4'),
    },
    'named in a public room': {
      resource: { kind: 'agent', agent: { agentId: 'in', registered: false, rooms: [pub] } },
      expected: reads('+', '1+3+33++3+++', ALL),
    },
    unknown: {
      resource: { kind: 'agent', agent: undefined },
      expected: reads('4', '143433443444', '444444444444'),
    },
  },
  'manage agent': {
    known: {
      resource: { kind: 'agent', agent: { agentId: 'in', registered: true, rooms: [] } },
      expected: ADMIN_ONLY,
    },
    unknown: { resource: { kind: 'agent', agent: undefined }, expected: everywhere('4', '133433433333') },
  },
  'remove agent': {
    known: {
      resource: { kind: 'agent', agent: { agentId: 'in', registered: true, rooms: [] } },
      expected: ADMIN_ONLY,
    },
    unknown: { resource: { kind: 'agent', agent: undefined }, expected: everywhere('4', '133433433333') },
  },
  'register registration': {
    'over HTTP as in': {
      resource: { kind: 'registration', agentId: 'in', via: 'http' },
      expected: {
        none: '+',
        bearer: '133+33+33333',
        'bearer+token': '133++3+++3+9',
        'bearer+public': '133+33+33333',
        open: '+33++3+++3+9',
      },
    },
    'over HTTP, the server makes the id': {
      resource: { kind: 'registration', agentId: undefined, via: 'http' },
      expected: {
        none: '+',
        bearer: '133+33+33333',
        'bearer+token': '133++3+++3++',
        'bearer+public': '133+33+33333',
        open: '+33++3+++3++',
      },
    },
    'over HTTP, reserved for others': {
      resource: { kind: 'registration', agentId: 'in', via: 'http' },
      context: { reservedAgentIds: new Set(['in']) },
      expected: {
        none: '+',
        bearer: '133+33+33333',
        // An admin is shown what is there: settleClaim refuses to make one.
        'bearer+token': '133+33+++3+9',
        'bearer+public': '133+33+33333',
        open: '333+33+++3+9',
      },
    },
    'by attaching': {
      resource: { kind: 'registration', agentId: 'in', via: 'attach' },
      expected: {
        none: '+',
        bearer: '1333+33++3+9',
        'bearer+token': '1333+33++3+9',
        'bearer+public': '1333+33++3+9',
        open: '+333+33++3+9',
      },
    },
  },
  'attach attachment': {
    handshake: {
      resource: { kind: 'attachment', agentId: undefined },
      expected: { ...everywhere('+', '1333+33++3++'), open: '+333+33++3++' },
    },
    'as in': {
      resource: { kind: 'attachment', agentId: 'in' },
      expected: { ...everywhere('+', '1333+33++3+9'), open: '+333+33++3+9' },
    },
    'as in, reserved': {
      resource: { kind: 'attachment', agentId: 'in' },
      context: { reservedAgentIds: new Set(['in']) },
      expected: { ...everywhere('+', '1333333++3+9'), open: '3333333++3+9' },
    },
  },
  'send messages': {
    any: { resource: { kind: 'messages' }, expected: everywhere('+', '13+33+++++++') },
  },
  'send message': {
    'agent to a room': {
      resource: { kind: 'message', target: 'room', from: 'agent' },
      expected: everywhere('+', ALL),
    },
    'dm switched off': {
      resource: { kind: 'message', target: 'dm', from: 'agent' },
      context: dmsOff,
      expected: everywhere('3', NOBODY),
    },
    'human ingress off': {
      resource: { kind: 'message', target: 'thread', from: 'human' },
      context: { humanIngress: false },
      expected: everywhere('3', NOBODY),
    },
  },
  'write room_message': {
    'member into members': {
      resource: { kind: 'room_message', room: roomOf('private', 'members'), sender: inside },
      expected: everywhere('+', ALL),
    },
    'outsider into members': {
      resource: { kind: 'room_message', room: roomOf('public', 'members'), sender: outside },
      expected: everywhere('+', '333333+33333'),
    },
    'human into members': {
      resource: { kind: 'room_message', room: roomOf('private', 'members'), sender: human },
      expected: everywhere('+', '33+333+33+33'),
    },
    'member into registered_agents': {
      resource: { kind: 'room_message', room: roomOf('public', 'registered_agents'), sender: inside },
      expected: everywhere('+', ALL),
    },
    'outsider into registered_agents': {
      resource: { kind: 'room_message', room: roomOf('public', 'registered_agents'), sender: outside },
      expected: everywhere('+', '333333+3333+'),
    },
    'human into registered_agents': {
      resource: { kind: 'room_message', room: roomOf('public', 'registered_agents'), sender: human },
      expected: everywhere('+', '333333+33333'),
    },
    'member into operators': {
      resource: { kind: 'room_message', room: roomOf('private', 'operators'), sender: inside },
      expected: everywhere('+', '33+333+33+33'),
    },
    'human into operators': {
      resource: { kind: 'room_message', room: roomOf('private', 'operators'), sender: human },
      expected: everywhere('+', '33+333+33+33'),
    },
    unknown: {
      resource: { kind: 'room_message', room: undefined, sender: inside },
      expected: everywhere('4', '444444444444'),
    },
  },
  'write dm_message': {
    new: {
      resource: { kind: 'dm_message', participants: undefined, sender: inside },
      expected: everywhere('+', ALL),
    },
    participant: {
      resource: { kind: 'dm_message', participants: ['net_a:in', 'net_b:x'], sender: inside },
      expected: everywhere('+', ALL),
    },
    'somebody else': {
      resource: { kind: 'dm_message', participants: ['in', 'ann'], sender: outside },
      expected: everywhere('3', NOBODY),
    },
  },
  'read deliveries': {
    any: { resource: { kind: 'deliveries' }, expected: everywhere('+', '1+3+33++3+++') },
  },
  'read agent_wakes': {
    own: { resource: { kind: 'agent_wakes', agentId: 'in' }, expected: everywhere('+', '1+3+33++33+3') },
  },
  'read wakes': { any: { resource: { kind: 'wakes' }, expected: OBSERVER_ONLY } },
  'operate wakes': { any: { resource: { kind: 'wakes' }, expected: ADMIN_ONLY } },
  'read stream': {
    any: { resource: { kind: 'stream' }, expected: reads('+', '1+3+33+33333', ALL) },
  },
  'receive event': {
    'stream, message of a private room': {
      resource: roomEvent(null),
      expected: everywhere('+', '3+3+33+33333'),
    },
    'stream, message of a public room': {
      resource: roomEvent(null, pub),
      expected: reads('+', '3+3+33+33333', ALL),
    },
    'stream, members of a public room': {
      resource: event(null, { kind: 'room', type: 'room.members.updated', room: pub }),
      expected: everywhere('+', '3+3+33+33333'),
    },
    'stream, a room that is gone': {
      resource: event(null, { kind: 'room', type: 'message.created', room: undefined }),
      expected: everywhere('+', '3+3+33+33333'),
    },
    'stream, dm': {
      resource: event(null, { kind: 'dm', participants: ['in', 'out'] }),
      expected: everywhere('+', '3+3+33+33333'),
    },
    'stream, dm switched off': {
      resource: event(null, { kind: 'dm', participants: ['in', 'out'] }),
      context: dmsOff,
      expected: everywhere('3', NOBODY),
    },
    'stream, presence': {
      resource: event(null, agentEvent('agent.connected')),
      expected: everywhere('+', '3+3+33+33333'),
    },
    'stream, pairing': {
      resource: event(null, { kind: 'network' }),
      expected: everywhere('+', '3+3+33+33333'),
    },
    'socket of a member, private room': { resource: roomEvent('in'), expected: everywhere('+', ALL) },
    'socket of an outsider, private room': {
      resource: roomEvent('out'),
      expected: everywhere('+', '3+3+33+33333'),
    },
    'socket of an outsider, public room': {
      resource: roomEvent('out', pub),
      expected: reads('+', '3+3+33+33333', ALL),
    },
    'socket of a participant, dm': {
      resource: event('in', { kind: 'dm', participants: ['net_a:in', 'ann'] }),
      expected: everywhere('+', ALL),
    },
    'socket of another agent, dm': {
      resource: event('out', { kind: 'dm', participants: ['in', 'ann'] }),
      expected: everywhere('3', '3+3+33+33333'),
    },
    'socket of a participant, dm switched off': {
      resource: event('in', { kind: 'dm', participants: ['in', 'ann'] }),
      context: dmsOff,
      expected: everywhere('3', NOBODY),
    },
    'socket, its own wake': {
      resource: event('in', agentEvent('agent.wake.delivered')),
      expected: everywhere('+', ALL),
    },
    'socket, wake of a room mate': {
      resource: event('mate', agentEvent('agent.wake.delivered')),
      expected: everywhere('3', '3+3+33+33333'),
    },
    'socket, removal of a room mate': {
      resource: event('mate', agentEvent('agent.removed')),
      expected: everywhere('3', '3+3+33+33333'),
    },
    'socket, presence of a room mate': {
      resource: event('mate', agentEvent('agent.connected')),
      expected: everywhere('+', ALL),
    },
    'socket, presence of a stranger': {
      resource: event('out', agentEvent('agent.connected')),
      expected: everywhere('3', '3+3+33+33333'),
    },
    'socket, pairing': {
      resource: event('in', { kind: 'network' }),
      expected: everywhere('3', '3+3+33+33333'),
    },
  },
}

describe('decide', () => {
  for (const [key, situations] of Object.entries(TABLE)) {
    const action = key.slice(0, key.indexOf(' ')) as never
    for (const [name, { resource, context, expected }] of Object.entries(situations)) {
      test(`${key}: ${name}`, () => {
        const seen = {} as Record<ModeName, string>
        for (const mode of Object.keys(MODES) as ModeName[])
          seen[mode] = callersOf(mode)
            .map((caller) => mark(decide(contextOf(mode, context), caller, action, resource as never)))
            .join('')
        expect(seen).toEqual(expected)
      })
    }
  }
})
