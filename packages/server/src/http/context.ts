import type { TokenTable } from './credentials.ts'
import type { BodyReader } from './body.ts'
import type { HttpDeps } from './deps.ts'
import type { RateLimits } from './limits.ts'
import type { Sessions } from './sessions.ts'

/** What the routes are made from. */
export interface RouteContext {
  readonly deps: HttpDeps
  readonly readBody: BodyReader
  readonly limits: RateLimits
  readonly tokens: TokenTable
  readonly sessions: Sessions
}
