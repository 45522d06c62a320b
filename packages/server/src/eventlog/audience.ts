import type { EventType } from '@moltnet/protocol'
import { type AccessContext, decide, type EventFacts } from '../domain/access.ts'
import type { Principal } from '../domain/principal.ts'
import { agentKey, type RoomSnapshot } from '../domain/room.ts'
import type { EventScope, LogEntry } from '../store/port.ts'
import { DELIVERY_LIMITS } from './limits.ts'
import type { RoomDirectory } from './room-directory.ts'

/** Somebody who may see some events. */
export interface Viewer {
  readonly principal: Principal
  /** The agent of an attachment; null for an event stream. */
  readonly attachedAs: string | null
  /**
   * When the agent's actor was registered. What was for its id alone before then was for somebody else,
   * and is not replayed. Absent: no replay from before the actor is possible.
   */
  readonly actorSince?: string
}

/** A viewer that is told of events. Its audience memberships end once it is closed. */
export interface Member extends Viewer {
  readonly attachedAs: string
  readonly closed: boolean
  /** For the audience alone: the last question that this member was already a candidate for. */
  mark: number
}

/** Who may receive one type of event of one room, as long as the room's snapshot is the same. */
interface RoomAudience<M> {
  readonly members: Set<M>
  /** How many of the joined members were looked at. */
  seen: number
}

interface RoomAudiences<M> {
  readonly room: RoomSnapshot
  readonly byType: Map<EventType, RoomAudience<M>>
}

/**
 * Finds the receivers of an entry without asking everybody: by room for what happens in rooms, by agent
 * for the rest. Whoever the index finds still has to pass `decide`. Entries must be prepared in the
 * room directory.
 */
export class Audience<M extends Member> {
  readonly #context: AccessContext
  readonly #directory: RoomDirectory
  readonly #byAgent = new Map<string, Set<M>>()
  /** Members that see more than what concerns their agent. */
  readonly #wide = new Set<M>()
  /** Oldest first. */
  readonly #rooms = new Map<string, RoomAudiences<M>>()
  /** Attached members of rooms, as long as nobody joins, leaves or changes the room. */
  readonly #attached = new Map<RoomSnapshot, readonly M[]>()
  #question = 0
  /** In the order of joining, so that a room's audience looks at each member once. */
  #joined: M[] = []
  #open = 0
  /** Memberships in all room audiences. */
  #memberships = 0

  constructor(context: AccessContext, directory: RoomDirectory) {
    this.#context = context
    this.#directory = directory
  }

  add(member: M): void {
    const same = this.#byAgent.get(member.attachedAs)
    if (same === undefined) this.#byAgent.set(member.attachedAs, new Set([member]))
    else same.add(member)
    if (this.#decides(member, { kind: 'network' })) this.#wide.add(member)
    this.#joined.push(member)
    this.#open += 1
    this.#attached.clear()
  }

  /** The member must be closed already. */
  remove(member: M): void {
    const same = this.#byAgent.get(member.attachedAs)
    if (same?.delete(member) !== true) return
    if (same.size === 0) this.#byAgent.delete(member.attachedAs)
    this.#wide.delete(member)
    this.#attached.clear()
    this.#open -= 1
    if (this.#joined.length > 2 * this.#open + 1_024) this.#compact()
  }

  /** Members of one agent. */
  ofAgent(agentId: string): Iterable<M> {
    return this.#byAgent.get(agentId) ?? []
  }

  /** Calls `visit` for everybody who receives an entry. */
  each(entry: LogEntry, visit: (member: M) => void): void {
    const { scope } = entry
    const room = scope.kind === 'room' ? this.#directory.room(scope.roomId) : undefined
    if (scope.kind !== 'room') {
      this.#eachConcerned(scope, entry, visit)
      return
    }
    // What is still told of a room that is gone is rare: not worth an audience of its own.
    if (room === undefined || room.removedAt !== null) {
      this.#question += 1
      this.#ask(this.#joined, this.#facts(entry), visit)
      return
    }
    const { members } = this.#ofRoom(entry, room)
    for (const member of members) {
      if (!member.closed) visit(member)
      else if (members.delete(member)) this.#memberships -= 1
    }
  }

  /** Whether one viewer receives an entry. */
  sees(viewer: Viewer, entry: LogEntry): boolean {
    const facts = this.#facts(entry)
    const { actorSince } = viewer
    return this.#decides(
      viewer,
      actorSince === undefined || entry.createdAt >= actorSince ? facts : toNobody(facts),
    )
  }

  /** Whether one viewer would receive the messages of a room. */
  seesRoom(viewer: Viewer, room: RoomSnapshot): boolean {
    return room.removedAt === null && this.#decides(viewer, { kind: 'room', type: 'message.created', room })
  }

  /** Asks those who an event about a DM or an agent can concern. */
  #eachConcerned(
    scope: Exclude<EventScope, { kind: 'room' }>,
    entry: LogEntry,
    visit: (member: M) => void,
  ): void {
    this.#question += 1
    const facts = this.#facts(entry)
    this.#ask(this.#wide, facts, visit)
    if (scope.kind === 'dm') {
      for (const participant of scope.participants) {
        this.#ask(this.ofAgent(agentKey(participant, this.#context.networkId)), facts, visit)
      }
    } else if (scope.kind === 'agent') {
      this.#ask(this.ofAgent(scope.agentId), facts, visit)
      for (const room of this.#directory.roomsOfAgent(scope.agentId)) {
        this.#ask(this.#attachedMembers(room), facts, visit)
      }
    }
  }

  /** Decides about candidates, each only once per question. */
  #ask(candidates: Iterable<M>, facts: EventFacts, visit: (member: M) => void): void {
    for (const member of candidates) {
      if (member.closed || member.mark === this.#question) continue
      member.mark = this.#question
      if (this.#decides(member, facts)) visit(member)
    }
  }

  #attachedMembers(room: RoomSnapshot): readonly M[] {
    let attached = this.#attached.get(room)
    if (attached === undefined) {
      attached = Array.from(room.agentKeys()).flatMap((key) => [...this.ofAgent(key)])
      this.#attached.set(room, attached)
    }
    return attached
  }

  #ofRoom(entry: LogEntry, room: RoomSnapshot): RoomAudience<M> {
    let audiences = this.#rooms.get(room.id)
    if (audiences?.room !== room) {
      if (audiences !== undefined) this.#forget(room.id, audiences)
      audiences = { room, byType: new Map() }
      this.#rooms.set(room.id, audiences)
      this.#bound(room.id)
    }
    let audience = audiences.byType.get(entry.type)
    if (audience === undefined) {
      audience = { members: new Set(), seen: 0 }
      audiences.byType.set(entry.type, audience)
    }
    if (audience.seen < this.#joined.length) this.#welcome(entry, audience)
    return audience
  }

  #welcome(entry: LogEntry, audience: RoomAudience<M>): void {
    const facts = this.#facts(entry)
    const before = audience.members.size
    for (let at = audience.seen; at < this.#joined.length; at++) {
      const member = this.#joined[at] as M
      if (!member.closed && this.#decides(member, facts)) audience.members.add(member)
    }
    audience.seen = this.#joined.length
    this.#memberships += audience.members.size - before
  }

  #facts({ scope, type }: LogEntry): EventFacts {
    switch (scope.kind) {
      case 'room':
        return { kind: 'room', type, room: this.#visibleRoom(scope.roomId, type) }
      case 'dm':
        return scope
      case 'agent': {
        const rooms = this.#directory.roomsOfAgent(scope.agentId)
        const sharesRoomWith = (agentId: string) => rooms.some((room) => room.hasAgent(agentId))
        return { kind: 'agent', type, agentId: scope.agentId, sharesRoomWith }
      }
      case 'network':
        return scope
    }
  }

  /** Of a removed room only its end is told. */
  #visibleRoom(roomId: string, type: EventType): RoomSnapshot | undefined {
    const room = this.#directory.room(roomId)
    return room?.removedAt === null || type === 'room.removed' ? room : undefined
  }

  #decides({ principal, attachedAs }: Viewer, event: EventFacts): boolean {
    return decide(this.#context, principal, 'receive', { kind: 'event', attachedAs, event }).allow
  }

  #forget(roomId: string, { byType }: RoomAudiences<M>): void {
    for (const { members } of byType.values()) this.#memberships -= members.size
    this.#rooms.delete(roomId)
  }

  #bound(keep: string): void {
    for (const [id, audiences] of this.#rooms) {
      if (this.#memberships <= DELIVERY_LIMITS.cachedAudience) return
      if (id !== keep) this.#forget(id, audiences)
    }
  }

  /** Drops those who left, once they are most of the list. */
  #compact(): void {
    this.#joined = this.#joined.filter((member) => !member.closed)
    for (const [id, audiences] of this.#rooms) this.#forget(id, audiences)
  }
}

/** What an event says to all but the agents that it is addressed to. */
function toNobody(facts: EventFacts): EventFacts {
  if (facts.kind === 'dm') return { ...facts, participants: [] }
  return facts.kind === 'agent' ? { ...facts, agentId: '' } : facts
}
