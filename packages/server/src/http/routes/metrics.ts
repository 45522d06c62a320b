import { decide } from '../../domain/access.ts'
import { content } from '../answer.ts'
import type { RouteContext } from '../context.ts'
import { enforce } from '../problem.ts'
import type { Route } from '../router.ts'

/** The Prometheus text format, version 0.0.4. */
const PROMETHEUS = 'text/plain; version=0.0.4; charset=utf-8'

export function metricsRoutes({ deps }: RouteContext): Route[] {
  return [
    {
      method: 'GET',
      pattern: '/metrics',
      caller: 'first',
      async handle(_exchange, principal) {
        enforce(decide(deps.context, principal, 'read', { kind: 'metrics' }))
        return content(await deps.metrics.render(), { 'Content-Type': PROMETHEUS })
      },
    },
  ]
}
