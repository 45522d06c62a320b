import { expect, test } from 'bun:test'
import { decide } from '../../src/domain/access.ts'
import type { EventFacts } from '../../src/domain/access.ts'
import { boundAgent, isObserver } from '../../src/domain/principal.ts'
import { callersOf, contextOf, MODES, roomOf } from './access-fixture.ts'
import type { ModeName } from './access-fixture.ts'

type Question =
  | { event: EventFacts; resource: { kind: 'room'; room: ReturnType<typeof roomOf> } }
  | { event: EventFacts; resource: { kind: 'dm'; participants: string[] } }

const questions: Question[] = [
  ...(['private', 'public'] as const).map(
    (visibility): Question => ({
      event: { kind: 'room', type: 'message.created', room: roomOf(visibility) },
      resource: { kind: 'room', room: roomOf(visibility) },
    }),
  ),
  ...[
    ['in', 'ann'],
    ['net_a:out', 'net_b:x'],
  ].map(
    (participants): Question => ({
      event: { kind: 'dm', participants },
      resource: { kind: 'dm', participants },
    }),
  ),
]

const callers = (Object.keys(MODES) as ModeName[]).flatMap((mode) =>
  [true, false].flatMap((directMessages) =>
    callersOf(mode).map((caller) => ({ caller, context: contextOf(mode, { directMessages }) })),
  ),
)

test('no event reaches a credential that could not read the same over HTTP', () => {
  let received = 0
  for (const { caller, context } of callers) {
    // A stream, and a socket of the one agent that the credential is bound to.
    for (const attachedAs of new Set([null, boundAgent(caller)])) {
      for (const { event, resource } of questions) {
        if (!decide(context, caller, 'receive', { kind: 'event', attachedAs, event }).allow) continue
        received += 1
        expect(decide(context, caller, 'read', resource).allow).toBe(true)
      }
    }
  }
  expect(received).toBeGreaterThan(100)
})

test('what became of a wake is told to those who see everything, and not to its own agent', () => {
  const told = {
    kind: 'agent',
    type: 'agent.wake.updated',
    agentId: 'in',
    sharesRoomWith: () => true,
  } as const
  const who = (mode: ModeName, attachedAs: string | null) =>
    callersOf(mode).filter(
      (caller) =>
        decide(contextOf(mode), caller, 'receive', { kind: 'event', attachedAs, event: told }).allow,
    )
  for (const mode of Object.keys(MODES) as ModeName[]) {
    const observers = callersOf(mode).filter(isObserver)
    expect(who(mode, null)).toEqual(observers)
    expect(who(mode, 'in')).toEqual(observers.filter(({ kind }) => kind !== 'operator'))
  }
})
