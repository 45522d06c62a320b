import type {
  ConversationRef,
  DirectConversation,
  DmPage,
  PageQuery,
  Thread,
  ThreadPage,
} from '@moltnet/protocol'
import { readFilter } from '../domain/access.ts'
import type { Principal } from '../domain/principal.ts'
import type { RoomSnapshot } from '../domain/room.ts'
import type { StoredDm, StoredThread } from '../store/port.ts'
import { ensure, type ServiceDeps } from './deps.ts'
import { encodePage, pageOf } from './page.ts'
import { live } from './rooms.ts'
import { wireDm, wireThread } from './wire.ts'

/** Reading threads, direct conversations, history and artifacts. */
export interface ConversationServices {
  readonly threads: {
    list(principal: Principal, roomId: string, query: PageQuery): Promise<ThreadPage>
    get(principal: Principal, id: string): Promise<Thread>
  }
  readonly dms: {
    list(principal: Principal, query: PageQuery): Promise<DmPage>
    get(principal: Principal, id: string): Promise<DirectConversation>
  }
  /** Pages of messages as the JSON text of the answer. */
  readonly history: HistoryService
  /** Pages of artifacts as the JSON text of the answer. */
  readonly artifacts: HistoryService
}

interface HistoryService {
  page(principal: Principal, conversation: ConversationRef, query: PageQuery): Promise<string>
}

export function createConversationServices(deps: ServiceDeps): ConversationServices {
  const { context, store } = deps
  const { networkId } = context
  const access = createConversationAccess(deps)
  return {
    threads: {
      async list(principal, roomId, query) {
        await access.room(principal, roomId)
        const slice = await store.read.listThreads(roomId, query)
        const threads = slice.items.map((thread) => wireThread(thread, networkId))
        return { threads, page: pageOf(slice, query, (thread) => thread.id) }
      },
      async get(principal, id) {
        return wireThread(await access.thread(principal, id), networkId)
      },
    },
    dms: {
      async list(principal, query) {
        ensure(context, principal, 'list', { kind: 'dms' })
        const slice = await store.read.listDms(query, readFilter(context, principal, 'dms'))
        const dms = slice.items.map((dm) => wireDm(dm, networkId))
        return { dms, page: pageOf(slice, query, (dm) => dm.id) }
      },
      async get(principal, id) {
        return wireDm(await access.dm(principal, id), networkId)
      },
    },
    history: {
      async page(principal, conversation, query) {
        await access.read(principal, conversation)
        return encodePage('messages', await store.read.listMessages(conversation, query), query)
      },
    },
    artifacts: {
      async page(principal, conversation, query) {
        ensure(context, principal, 'read', { kind: 'artifacts' })
        await access.read(principal, conversation, 'room_artifacts')
        return encodePage('artifacts', await store.read.listArtifacts(conversation, query), query)
      },
    },
  }
}

/** Loads conversations for callers that may read them; throws for all others. */
function createConversationAccess({ context, store }: ServiceDeps) {
  const room = async (
    principal: Principal,
    id: string | undefined,
    kind: 'room' | 'room_artifacts' = 'room',
  ): Promise<RoomSnapshot> => {
    const found = id === undefined ? undefined : live(await store.read.room(id))
    ensure(context, principal, 'read', { kind, room: found })
    return found as RoomSnapshot
  }
  const thread = async (
    principal: Principal,
    id: string,
    kind: 'room' | 'room_artifacts' = 'room',
  ): Promise<StoredThread> => {
    const found = await store.read.thread(id)
    await room(principal, found?.roomId, kind)
    return found as StoredThread
  }
  const dm = async (principal: Principal, id: string): Promise<StoredDm> => {
    const found = await store.read.dm(id)
    ensure(context, principal, 'read', { kind: 'dm', participants: found?.present })
    return found as StoredDm
  }
  const read = async (
    principal: Principal,
    { kind, id }: ConversationRef,
    roomKind: 'room' | 'room_artifacts' = 'room',
  ): Promise<void> => {
    if (kind === 'room') await room(principal, id, roomKind)
    else if (kind === 'thread') await thread(principal, id, roomKind)
    else await dm(principal, id)
  }
  return { room, thread, dm, read }
}
