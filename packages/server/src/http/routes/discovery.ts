import type { RouteContext } from '../context.ts'
import type { Route } from '../router.ts'

export function discoveryRoutes(_context: RouteContext): Route[] {
  return []
}
