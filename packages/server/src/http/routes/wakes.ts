import { DeliveryState, MoltnetError, WakeAction } from '@moltnet/protocol'
import type { WakeQuery } from '../../services/wakes.ts'
import { json } from '../answer.ts'
import type { RouteContext } from '../context.ts'
import type { Exchange } from '../exchange.ts'
import { pageQuery } from '../paging.ts'
import { route } from '../router.ts'
import type { Route } from '../router.ts'

export function wakeRoutes({ deps }: RouteContext): Route[] {
  const { wakes } = deps.services
  return [
    route('GET', '/v1/messages/{id}/deliveries', async (exchange, principal) =>
      json(200, await wakes.ofMessage(principal, exchange.param(0), pageQuery(exchange))),
    ),
    route('GET', '/v1/agents/{id}/wakes', async (exchange, principal) =>
      json(200, await wakes.ofAgent(principal, exchange.param(0), wakeQuery(exchange))),
    ),
    route('GET', '/v1/wakes', async (exchange, principal) =>
      json(200, await wakes.list(principal, wakeQuery(exchange))),
    ),
    ...WakeAction.options.map((action) =>
      route('POST', `/v1/wakes/{id}/${action}`, async (exchange, principal) =>
        json(200, await wakes.operate(principal, exchange.param(0), action)),
      ),
    ),
  ]
}

function wakeQuery(exchange: Exchange): WakeQuery {
  const page = pageQuery(exchange)
  const given = exchange.query.get('state') ?? ''
  const text = exchange.query.get('final_text') ?? ''
  if (text !== '') {
    if (text !== 'held') throw new MoltnetError('unprocessable_entity', 'final_text: must be held')
    // Such wakes are all silent.
    if (given !== '' && given !== 'silent')
      throw new MoltnetError(
        'unprocessable_entity',
        'state: must be left out, or silent, with final_text=held',
      )
    return { page, heldText: true }
  }
  if (given === '') return { page }
  const state = DeliveryState.safeParse(given)
  if (state.success) return { page, state: state.data }
  throw new MoltnetError('unprocessable_entity', `state: must be one of ${DeliveryState.options.join(', ')}`)
}
