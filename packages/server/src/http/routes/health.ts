import { MoltnetError } from '@moltnet/protocol'
import { json } from '../answer.ts'
import type { RouteContext } from '../context.ts'
import type { Route } from '../router.ts'

/** Probes: no credential is looked at, so that a wrong one cannot make a server look dead. */
export function healthRoutes({ deps }: RouteContext): Route[] {
  const probe = (pattern: string, status: string): Route => ({
    method: 'GET',
    pattern,
    caller: 'none',
    async handle() {
      try {
        await deps.services.health.check()
      } catch (cause) {
        throw new MoltnetError('service_unavailable', 'the store does not answer', { cause })
      }
      return json(200, { status })
    },
  })
  return [probe('/healthz', 'ok'), probe('/readyz', 'ready')]
}
