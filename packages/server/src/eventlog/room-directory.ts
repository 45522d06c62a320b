import type { EventType } from '@moltnet/protocol'
import type { RoomSnapshot } from '../domain/room.ts'
import type { LogEntry, RoomReader } from '../store/port.ts'
import { DELIVERY_LIMITS } from './limits.ts'

const PRESENCE: ReadonlySet<EventType> = new Set<EventType>(['agent.connected', 'agent.disconnected'])

/** Whether the receivers of an event depend on the rooms of its agent. */
export function isPresence(type: EventType): boolean {
  return PRESENCE.has(type)
}

/**
 * Committed rooms for deciding who receives what, at hand without waiting. Entries must be prepared
 * before they are asked about: rooms that nobody needed yet are loaded then.
 */
export class RoomDirectory {
  readonly #read: RoomReader
  /** Null: there is no such room. */
  readonly #rooms = new Map<string, RoomSnapshot | null>()
  readonly #roomsOfAgent = new Map<string, readonly string[]>()
  /** Grows with every change, so that a read that was overtaken is not kept. */
  #changes = 0

  constructor(read: RoomReader) {
    this.#read = read
  }

  /** Takes over what a commit changed. */
  apply(rooms: readonly RoomSnapshot[]): void {
    if (rooms.length === 0) return
    this.#changes += 1
    for (const room of rooms) this.#rooms.set(room.id, room)
    this.#roomsOfAgent.clear()
  }

  /** A prepared room, removed ones included. */
  room(id: string): RoomSnapshot | undefined {
    return this.#rooms.get(id) ?? undefined
  }

  /** The live rooms of a prepared agent. */
  roomsOfAgent(agentId: string): readonly RoomSnapshot[] {
    const ids = this.#roomsOfAgent.get(agentId) ?? []
    return ids.flatMap((id) => this.#rooms.get(id) ?? [])
  }

  /** Whether everything is at hand that the receivers of these entries depend on. */
  prepared(entries: readonly LogEntry[]): boolean {
    return entries.every((entry) => this.#isReady(entry))
  }

  /**
   * Loads what the receivers of these entries depend on. Ask {@link prepared} again afterwards: a commit
   * may have changed it meanwhile.
   */
  async prepare(entries: readonly LogEntry[]): Promise<void> {
    // Only here, never while loading: what one batch needs is never more than what fits.
    if (this.#rooms.size > DELIVERY_LIMITS.cachedRooms) this.#rooms.clear()
    if (this.#roomsOfAgent.size > DELIVERY_LIMITS.cachedRooms) this.#roomsOfAgent.clear()
    for (const entry of entries) {
      if (this.#isReady(entry)) continue
      const { scope } = entry
      if (scope.kind === 'room') await this.prepareRooms([scope.roomId])
      else if (scope.kind === 'agent') await this.#loadAgent(scope.agentId)
    }
  }

  /** The same for rooms by id. */
  async prepareRooms(ids: Iterable<string>): Promise<void> {
    for (const id of ids) while (!this.#rooms.has(id)) await this.#loadRoom(id)
  }

  #isReady({ scope, type }: LogEntry): boolean {
    if (scope.kind === 'room') return this.#rooms.has(scope.roomId)
    if (scope.kind !== 'agent' || !isPresence(type)) return true
    const ids = this.#roomsOfAgent.get(scope.agentId)
    return ids?.every((id) => this.#rooms.has(id)) ?? false
  }

  async #loadRoom(id: string): Promise<void> {
    const changes = this.#changes
    const room = await this.#read.room(id)
    if (changes !== this.#changes || this.#rooms.has(id)) return
    this.#rooms.set(id, room ?? null)
  }

  async #loadAgent(agentId: string): Promise<void> {
    if (!this.#roomsOfAgent.has(agentId)) {
      const changes = this.#changes
      const ids = await this.#read.roomIdsOfAgent(agentId)
      if (changes !== this.#changes) return
      this.#roomsOfAgent.set(agentId, ids)
    }
    await this.prepareRooms(this.#roomsOfAgent.get(agentId) ?? [])
  }
}
