import { RegisterAgent } from '@moltnet/protocol'
import { ensure } from '../../services/deps.ts'
import { json } from '../answer.ts'
import { valid } from '../body.ts'
import type { RouteContext } from '../context.ts'
import { route } from '../router.ts'
import type { Route } from '../router.ts'

export function registrationRoutes({ deps, readBody, limits }: RouteContext): Route[] {
  return [
    route('POST', '/v1/agents/register', async ({ request, client }, principal) => {
      const asked = { kind: 'registration', agentId: undefined, via: 'http' } as const
      ensure(deps.context, principal, 'register', asked)
      limits.registration({ client, principal })
      const body = valid(await readBody(request, RegisterAgent))
      const wish = { agentId: body.requested_agent_id, name: body.name }
      const { registration, created, token } = await deps.services.registration.register(
        principal,
        wish,
        'http',
      )
      return json(
        created ? 201 : 200,
        token === undefined ? registration : { ...registration, agent_token: token },
      )
    }),
  ]
}
