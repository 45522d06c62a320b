import { expect, test } from 'bun:test'
import { decide } from '../../src/domain/access.ts'
import type { EventFacts } from '../../src/domain/access.ts'
import { boundAgent } from '../../src/domain/principal.ts'
import { callersOf, contextOf, MODES, roomOf } from './access-fixture.ts'
import type { ModeName } from './access-fixture.ts'

const dms = [
  ['in', 'ann'],
  ['net_a:out', 'net_b:x'],
]

test('no event reaches a credential that could not read the same over HTTP', () => {
  let received = 0
  for (const mode of Object.keys(MODES) as ModeName[])
    for (const directMessages of [true, false])
      for (const caller of callersOf(mode)) {
        const context = contextOf(mode, { directMessages })
        const allowed = (attachedAs: string | null, event: EventFacts) =>
          decide(context, caller, 'receive', { kind: 'event', attachedAs, event }).allow
        // A stream, and a socket of the one agent that the credential is bound to.
        for (const attachedAs of new Set([null, boundAgent(caller)])) {
          for (const visibility of ['private', 'public'] as const) {
            const room = roomOf(visibility)
            if (!allowed(attachedAs, { kind: 'room', type: 'message.created', room })) continue
            received += 1
            expect(decide(context, caller, 'read', { kind: 'room', room }).allow).toBe(true)
          }
          for (const participants of dms) {
            if (!allowed(attachedAs, { kind: 'dm', participants })) continue
            received += 1
            expect(decide(context, caller, 'read', { kind: 'dm', participants }).allow).toBe(true)
          }
        }
      }
  expect(received).toBeGreaterThan(100)
})
