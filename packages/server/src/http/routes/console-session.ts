import { z } from 'zod'
import { json } from '../answer.ts'
import { valid } from '../body.ts'
import { endSession, signIn } from '../console/sign-in.ts'
import type { RouteContext } from '../context.ts'
import type { Route } from '../router.ts'

const SignIn = z.object({ access_token: z.string().min(1, 'must not be empty') })

/** Signing in to the console with a token in the body, and signing out. */
export function consoleSessionRoutes(context: RouteContext): Route[] {
  const { deps, readBody } = context
  return [
    {
      method: 'POST',
      pattern: '/console/session',
      caller: 'none',
      async handle(exchange) {
        const { access_token: token } = valid(await readBody(exchange.request, SignIn))
        const response = json(200, { signed_in: true })
        if (deps.context.mode !== 'none') response.headers.set('Set-Cookie', signIn(context, exchange, token))
        return response
      },
    },
    {
      method: 'DELETE',
      pattern: '/console/session',
      caller: 'none',
      handle(exchange) {
        const response = json(200, { signed_out: true })
        response.headers.set('Set-Cookie', endSession(context, exchange))
        return response
      },
    },
  ]
}
