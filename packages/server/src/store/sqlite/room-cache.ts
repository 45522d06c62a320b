import type { RoomSnapshot } from '../../domain/room.ts'

/** Most snapshots kept, so that many rooms cannot fill the memory; the oldest loaded one goes first. */
const MOST_ROOMS = 16_384

/**
 * Rooms by identity: as long as a room does not change, everybody gets the same object. Holds committed
 * snapshots, and those of the running batch apart from them until it is committed.
 */
export class RoomCache {
  readonly #committed = new Map<string, RoomSnapshot>()
  readonly #pending = new Map<string, RoomSnapshot>()
  /** What to put back when the running work is rolled back, newest last. */
  readonly #undo: (readonly [id: string, before: RoomSnapshot | undefined])[] = []

  /** The committed snapshot; `load` reads a missing one from committed state. */
  committed(id: string, load: (id: string) => RoomSnapshot | undefined): RoomSnapshot | undefined {
    const kept = this.#committed.get(id)
    if (kept !== undefined) return kept
    const room = load(id)
    if (room !== undefined) this.#keep(room)
    return room
  }

  /** The snapshot as the running work sees it. */
  current(id: string, load: (id: string) => RoomSnapshot | undefined): RoomSnapshot | undefined {
    return this.#pending.get(id) ?? this.committed(id, load)
  }

  /** Notes a change of the running work. */
  change(room: RoomSnapshot): void {
    this.#undo.push([room.id, this.#pending.get(room.id)])
    this.#pending.set(room.id, room)
  }

  /** The running work is part of the batch now. */
  keepWork(): void {
    this.#undo.length = 0
  }

  /** Takes back what the running work changed. */
  undoWork(): void {
    for (const [id, before] of this.#undo.splice(0).reverse()) {
      if (before === undefined) this.#pending.delete(id)
      else this.#pending.set(id, before)
    }
  }

  /** Makes the batch's snapshots the committed ones and returns them. */
  commit(): readonly RoomSnapshot[] {
    if (this.#pending.size === 0) return []
    const changed = [...this.#pending.values()]
    this.#pending.clear()
    for (const room of changed) this.#keep(room)
    return changed
  }

  /** Takes back the whole batch. */
  rollback(): void {
    this.#pending.clear()
    this.#undo.length = 0
  }

  #keep(room: RoomSnapshot): void {
    this.#committed.delete(room.id)
    this.#committed.set(room.id, room)
    if (this.#committed.size <= MOST_ROOMS) return
    for (const oldest of this.#committed.keys()) {
      this.#committed.delete(oldest)
      return
    }
  }
}
