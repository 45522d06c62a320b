import { CreateMessage } from '@moltnet/protocol'
import type { Principal } from '../../domain/principal.ts'
import { ensure } from '../../services/deps.ts'
import { json } from '../answer.ts'
import { valid } from '../body.ts'
import type { RouteContext } from '../context.ts'
import type { Route } from '../router.ts'

export function messageRoutes({ deps, readBody, limits }: RouteContext): Route[] {
  const { messages, preview } = deps.services
  // The order of the checks is part of the contract: body readable, credential, scope, rules of the body.
  const sending = (
    pattern: string,
    answer: (principal: Principal, body: CreateMessage) => Promise<Response>,
  ): Route => ({
    method: 'POST',
    pattern,
    caller: 'late',
    async handle({ request, client }, authenticate) {
      const body = await readBody(request, CreateMessage)
      const principal = await authenticate()
      ensure(deps.context, principal, 'send', { kind: 'messages' })
      limits.message({ client, principal })
      return answer(principal, valid(body))
    },
  })
  return [
    sending('/v1/messages', async (...post) => json(202, await messages.post(...post))),
    sending('/v1/messages/preview', async (...post) => json(200, await preview.message(...post))),
  ]
}
