import { skillText } from '@moltnet/protocol'
import { ensure } from '../../services/deps.ts'
import { content } from '../answer.ts'
import type { RouteContext } from '../context.ts'
import { discoveryFacts, skillAccess } from '../discovery/facts.ts'
import type { DiscoveryFacts } from '../discovery/facts.ts'
import { installText } from '../discovery/install.ts'
import { llmsText } from '../discovery/llms.ts'
import type { Route } from '../router.ts'

const MARKDOWN = 'text/markdown; charset=utf-8'
const TEXT = 'text/plain; charset=utf-8'

/** Documents for agents, made anew for each request: they say what the asking credential may do. */
export function discoveryRoutes({ deps }: RouteContext): Route[] {
  const document = (o: Document): Route => ({
    method: 'GET',
    pattern: o.pattern,
    caller: 'first',
    async handle(exchange, principal) {
      ensure(deps.context, principal, 'read', { kind: o.kind })
      const text = o.write(await discoveryFacts(deps, exchange, principal))
      return content(text, { 'Content-Type': o.type, Vary: 'Authorization, Cookie, Host' })
    },
  })
  return [
    document({ pattern: '/install.md', kind: 'discovery', type: MARKDOWN, write: installText }),
    document({ pattern: '/llms.txt', kind: 'discovery', type: TEXT, write: llmsText }),
    document({
      pattern: '/skill.md',
      kind: 'skill',
      type: MARKDOWN,
      write: (facts) => skillText(skillAccess(facts)),
    }),
  ]
}

interface Document {
  readonly pattern: string
  readonly kind: 'discovery' | 'skill'
  readonly type: string
  readonly write: (facts: DiscoveryFacts) => string
}
