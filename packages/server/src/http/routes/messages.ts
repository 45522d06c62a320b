import { CreateMessage } from '@moltnet/protocol'
import { ensure } from '../../services/deps.ts'
import { json } from '../answer.ts'
import { valid } from '../body.ts'
import type { RouteContext } from '../context.ts'
import type { Route } from '../router.ts'

export function messageRoutes({ deps, readBody, limits }: RouteContext): Route[] {
  return [
    {
      method: 'POST',
      pattern: '/v1/messages',
      caller: 'late',
      // The order of the checks is part of the contract: body readable, credential, scope, rules of the body.
      async handle({ request, client }, authenticate) {
        const body = await readBody(request, CreateMessage)
        const principal = await authenticate()
        ensure(deps.context, principal, 'send', { kind: 'messages' })
        limits.message({ client, principal })
        return json(202, await deps.services.messages.post(principal, valid(body)))
      },
    },
  ]
}
