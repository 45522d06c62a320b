import {
  type CreateRoom,
  MoltnetError,
  type PageQuery,
  type Removed,
  type Room,
  type RoomPage,
  type UpdateRoomMembers,
} from '@moltnet/protocol'
import { readFilter } from '../domain/access.ts'
import type { Principal } from '../domain/principal.ts'
import { agentKey, type RoomFields, type RoomSnapshot } from '../domain/room.ts'
import { roomAccess } from '../domain/room-access.ts'
import type { Tx } from '../store/port.ts'
import { ensure, type ServiceDeps } from './deps.ts'
import { ensureFits } from './frame-budget.ts'
import { pageOf } from './page.ts'

/** Rooms and their members. */
export interface RoomService {
  list(principal: Principal, query: PageQuery): Promise<RoomPage>
  get(principal: Principal, id: string): Promise<Room>
  create(principal: Principal, body: CreateRoom): Promise<Room>
  remove(principal: Principal, id: string): Promise<Removed>
  updateMembers(principal: Principal, id: string, body: UpdateRoomMembers): Promise<Room>
}

export function createRoomService({ context, store }: ServiceDeps): RoomService {
  const shown = (principal: Principal, room: RoomSnapshot): Room => {
    const { created_at, ...wire } = room.toWire()
    return { ...wire, access: roomAccess(context, principal, room), created_at }
  }
  return {
    async list(principal, query) {
      ensure(context, principal, 'list', { kind: 'rooms' })
      const slice = await store.read.listRooms(query, readFilter(context, principal, 'rooms'))
      const rooms = slice.items.map((room) => shown(principal, room))
      return { rooms, page: pageOf(slice, query, (room) => room.id) }
    },

    async get(principal, id) {
      const room = live(await store.read.room(id))
      ensure(context, principal, 'read', { kind: 'room', room })
      return shown(principal, room as RoomSnapshot)
    },

    create(principal, body) {
      ensure(context, principal, 'create', { kind: 'rooms' })
      return store.transact(async (tx) => {
        if ((await tx.room(body.id)) !== undefined) {
          throw new MoltnetError('conflict', `room ${body.id} exists, or existed and was removed`)
        }
        return (await createRoom(tx, context.networkId, body)).toWire()
      })
    },

    remove(principal, id) {
      return store.transact(async (tx) => {
        const room = live(await tx.room(id))
        ensure(context, principal, 'remove', { kind: 'room', room })
        const removed = await tx.putRoom({ ...(room as RoomSnapshot).fields(), removedAt: tx.now() })
        await tx.append({ type: 'room.removed', scope: { kind: 'room', roomId: id }, room: removed.toWire() })
        return { removed: true, kind: 'room', id, mode: 'soft' }
      })
    },

    updateMembers(principal, id, body) {
      return store.transact(async (tx) => {
        const room = live(await tx.room(id))
        ensure(context, principal, 'manage', { kind: 'room', room })
        const { members, networkId } = room as RoomSnapshot
        const leaving = new Set(body.remove?.map((member) => agentKey(member, networkId)))
        const wanted = [...members, ...(body.add ?? [])].filter(
          (member) => !leaving.has(agentKey(member, networkId)),
        )
        return (await setMembers(tx, room as RoomSnapshot, wanted)).toWire()
      })
    },
  }
}

/** A room that was not removed. */
export function live(room: RoomSnapshot | undefined): RoomSnapshot | undefined {
  return room?.removedAt === null ? room : undefined
}

/** Stores a room that does not exist, or brings a removed one back, with its event. */
export async function createRoom(
  tx: Tx,
  networkId: string,
  body: CreateRoom & { readonly createdAt?: string },
): Promise<RoomSnapshot> {
  const fields: RoomFields = {
    id: body.id,
    networkId,
    name: body.name ?? body.id,
    visibility: body.visibility ?? 'private',
    writePolicy: body.write_policy ?? 'members',
    createdAt: body.createdAt ?? tx.now(),
    removedAt: null,
    members: body.members ?? [],
  }
  const room = await tx.putRoom(fields)
  const scope = { kind: 'room', roomId: room.id } as const
  const entry = await tx.append({ type: 'room.created', scope, room: room.toWire() })
  ensureFits(entry, networkId, 'this room')
  return room
}

/** Replaces the members; there is an event only when somebody came or left. */
export async function setMembers(
  tx: Tx,
  room: RoomSnapshot,
  members: readonly string[],
): Promise<RoomSnapshot> {
  const changed = await tx.putRoom({ ...room.fields(), members })
  const keys = changed.agentKeys()
  if (keys.size === room.agentKeys().size && keys.isSubsetOf(room.agentKeys())) return changed
  const scope = { kind: 'room', roomId: room.id } as const
  const entry = await tx.append({ type: 'room.members.updated', scope, room: changed.toWire() })
  ensureFits(entry, room.networkId, 'this room')
  return changed
}
