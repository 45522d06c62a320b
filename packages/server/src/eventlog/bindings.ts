import { compileSubscription } from '@moltnet/protocol'
import type { CompiledSubscription, ConsumerRequest, RoomSubscription, Target } from '@moltnet/protocol'
import type { StoredBinding, StoredConsumer } from '../store/consumer-port.ts'

/** Who asks for what. */
export interface WantedConsumer {
  readonly actorUid: string
  readonly agentId: string
  readonly request: ConsumerRequest
}

/** The consumer that a request makes of the stored one. A binding that was in force before keeps its beginning. */
export function updatedConsumer(
  { actorUid, agentId, request }: WantedConsumer,
  stored: StoredConsumer | undefined,
  { head, now }: { head: number; now: number },
): StoredConsumer {
  const before = new Map(stored?.bindings.map((binding) => [binding.room, binding]))
  const bind = (room: string | null, wake: RoomSubscription['wake'], approval = false): StoredBinding => {
    const known = before.get(room)
    const from = known !== undefined && known.wake !== 'never' ? known.from : head
    return { room, wake, from, ...(approval && { approval }) }
  }
  const rooms = request.rooms.map(({ id, wake, approval }) => bind(id, wake, approval))
  const { dms } = request
  const direct = dms?.enabled === true ? [bind(null, dms.wake ?? 'all', dms.approval)] : []
  const bindings = [...rooms, ...direct]
  const scan = stored?.scan ?? head
  const approvalScan = Math.max(stored?.approvalScan ?? 0, scan)
  const watched = bindings.some(asksForApproval)
  return { actorUid, agentId, scan, ...(watched && { approvalScan }), bindings, contactAt: now }
}

/** The room whose binding decides about a conversation; null: that of direct messages. */
export function bindingRoom(target: Target): string | null {
  return target.kind === 'dm' ? null : target.room_id
}

/** Whether wakes of a binding wait for an operator. */
export function asksForApproval({ wake, approval }: StoredBinding): boolean {
  return approval === true && wake !== 'never'
}

/** Stored bindings, ready to judge messages with. */
export function subscriptionOf(bindings: readonly StoredBinding[]): CompiledSubscription {
  const dms = bindings.find(({ room }) => room === null)
  return compileSubscription({
    rooms: bindings.flatMap(({ room, wake, approval }) =>
      room === null ? [] : [{ id: room as RoomSubscription['id'], wake, approval }],
    ),
    ...(dms !== undefined && { dms: { enabled: true, wake: dms.wake, approval: dms.approval } }),
  })
}
