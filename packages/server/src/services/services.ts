import { createAgentService } from './agents.ts'
import { createApplyService } from './apply.ts'
import { createConversationServices } from './conversations.ts'
import type { ServiceDeps } from './deps.ts'
import { createMessageService } from './messages.ts'
import { createNetworkService } from './network.ts'
import { createPreviewService } from './preview.ts'
import { createRegistrationService } from './registration.ts'
import { createRoomService } from './rooms.ts'
import { createWakeService } from './wakes.ts'

/** Every use case of the server. Each decides access itself and throws MoltnetError. */
export type Services = ReturnType<typeof createServices>

/** Wires the services. */
export function createServices(deps: ServiceDeps) {
  return {
    messages: createMessageService(deps),
    preview: createPreviewService(deps),
    rooms: createRoomService(deps),
    ...createConversationServices(deps),
    agents: createAgentService(deps),
    registration: createRegistrationService(deps),
    network: createNetworkService(deps),
    apply: createApplyService(deps),
    wakes: createWakeService(deps),
    health: { check: () => deps.store.read.ping() },
  }
}
