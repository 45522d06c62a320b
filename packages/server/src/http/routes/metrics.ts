import { ensure } from '../../services/deps.ts'
import { content } from '../answer.ts'
import type { RouteContext } from '../context.ts'
import { route } from '../router.ts'
import type { Route } from '../router.ts'

/** The Prometheus text format, version 0.0.4. */
const PROMETHEUS = 'text/plain; version=0.0.4; charset=utf-8'

export function metricsRoutes({ deps }: RouteContext): Route[] {
  return [
    route('GET', '/metrics', async (_exchange, principal) => {
      ensure(deps.context, principal, 'read', { kind: 'metrics' })
      return content(await deps.metrics.render(), { 'Content-Type': PROMETHEUS })
    }),
  ]
}
