import { ATTACKS } from '../../attacks/checks/index.ts'
import type { Check } from '../check.ts'
import { ACCESS_CHECKS } from './access.ts'
import { AGENT_CHECKS } from './agents.ts'
import { APPLY_CHECKS } from './apply.ts'
import { ATTACH_CHECKS } from './attach.ts'
import { CONVERSATION_CHECKS } from './conversations.ts'
import { MESSAGE_CHECKS } from './messages.ts'
import { NETWORK_CHECKS } from './network.ts'
import { PAGING_CHECKS } from './paging.ts'
import { ROOM_CHECKS } from './rooms.ts'
import { STREAM_CHECKS } from './stream.ts'

/** Every check, in the order in which a server's parts build on each other. */
export const CHECKS: readonly Check[] = [
  ...NETWORK_CHECKS,
  ...ROOM_CHECKS,
  ...MESSAGE_CHECKS,
  ...PAGING_CHECKS,
  ...CONVERSATION_CHECKS,
  ...AGENT_CHECKS,
  ...ATTACH_CHECKS,
  ...STREAM_CHECKS,
  ...ACCESS_CHECKS,
  ...APPLY_CHECKS,
  ...ATTACKS,
]
