import type { Check } from '../../conformance/check.ts'
import { BODY_ATTACKS } from './bodies.ts'
import { BROWSER_ATTACKS } from './browser.ts'
import { CONNECTION_ATTACKS } from './connections.ts'
import { CONVERSATION_ATTACKS } from './conversations.ts'
import { IDENTITY_ATTACKS } from './identity.ts'

/** Every attack that needs nothing but an address and credentials. */
export const ATTACKS: readonly Check[] = [
  ...BROWSER_ATTACKS,
  ...IDENTITY_ATTACKS,
  ...CONVERSATION_ATTACKS,
  ...BODY_ATTACKS,
  ...CONNECTION_ATTACKS,
]
