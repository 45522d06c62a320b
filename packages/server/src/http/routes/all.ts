import type { RouteContext } from '../context.ts'
import type { Route } from '../router.ts'
import { agentRoutes } from './agents.ts'
import { applyRoutes } from './apply.ts'
import { artifactRoutes } from './artifacts.ts'
import { attachRoutes } from './attach.ts'
import { consoleRoutes } from './console.ts'
import { consoleSessionRoutes } from './console-session.ts'
import { discoveryRoutes } from './discovery.ts'
import { dmRoutes } from './dms.ts'
import { healthRoutes } from './health.ts'
import { messageRoutes } from './messages.ts'
import { metricsRoutes } from './metrics.ts'
import { networkRoutes } from './network.ts'
import { openApiRoutes } from './openapi.ts'
import { pairingRoutes } from './pairings.ts'
import { registrationRoutes } from './registration.ts'
import { roomRoutes } from './rooms.ts'
import { streamRoutes } from './stream.ts'
import { threadRoutes } from './threads.ts'
import { wakeRoutes } from './wakes.ts'

/** Every route of the server. */
export function allRoutes(context: RouteContext): Route[] {
  return [
    healthRoutes,
    metricsRoutes,
    networkRoutes,
    roomRoutes,
    threadRoutes,
    dmRoutes,
    artifactRoutes,
    messageRoutes,
    agentRoutes,
    registrationRoutes,
    wakeRoutes,
    applyRoutes,
    pairingRoutes,
    attachRoutes,
    streamRoutes,
    consoleRoutes,
    consoleSessionRoutes,
    discoveryRoutes,
    openApiRoutes,
  ].flatMap((group) => group(context))
}
