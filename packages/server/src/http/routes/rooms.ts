import { CreateRoom, UpdateRoomMembers } from '@moltnet/protocol'
import { ensure } from '../../services/deps.ts'
import { json, jsonText } from '../answer.ts'
import { valid } from '../body.ts'
import type { RouteContext } from '../context.ts'
import { pageQuery } from '../paging.ts'
import { route } from '../router.ts'
import type { Route } from '../router.ts'

export function roomRoutes(context: RouteContext): Route[] {
  return [...managementRoutes(context), ...readRoutes(context)]
}

function managementRoutes({ deps, readBody }: RouteContext): Route[] {
  const { rooms } = deps.services
  return [
    route('POST', '/v1/rooms', async ({ request }, principal) => {
      ensure(deps.context, principal, 'create', { kind: 'rooms' })
      return json(201, await rooms.create(principal, valid(await readBody(request, CreateRoom))))
    }),
    route('DELETE', '/v1/rooms/{id}', async (exchange, principal) =>
      json(200, await rooms.remove(principal, exchange.param(0))),
    ),
    route('PATCH', '/v1/rooms/{id}/members', async (exchange, principal) => {
      // Asked before the body is read; the service decides again, about this room.
      ensure(deps.context, principal, 'create', { kind: 'rooms' })
      const change = valid(await readBody(exchange.request, UpdateRoomMembers))
      return json(200, await rooms.updateMembers(principal, exchange.param(0), change))
    }),
  ]
}

function readRoutes({ deps }: RouteContext): Route[] {
  const { rooms, threads, history } = deps.services
  return [
    route('GET', '/v1/rooms', async (exchange, principal) => {
      ensure(deps.context, principal, 'list', { kind: 'rooms' })
      return json(200, await rooms.list(principal, pageQuery(exchange)))
    }),
    route('GET', '/v1/rooms/{id}', async (exchange, principal) =>
      json(200, await rooms.get(principal, exchange.param(0))),
    ),
    route('GET', '/v1/rooms/{id}/messages', async (exchange, principal) => {
      const room = { kind: 'room', id: exchange.param(0) } as const
      return jsonText(200, await history.page(principal, room, pageQuery(exchange)))
    }),
    route('GET', '/v1/rooms/{id}/threads', async (exchange, principal) =>
      json(200, await threads.list(principal, exchange.param(0), pageQuery(exchange))),
    ),
  ]
}
