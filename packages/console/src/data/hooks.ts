import type { AgentSummary, ConversationRef, Message } from '@moltnet/protocol'
import { useQuery } from '@tanstack/react-query'
import { type RefObject, useCallback, useEffect, useMemo, useRef, useSyncExternalStore } from 'react'
import { useModel } from './context.ts'
import { keyOf } from './conversations.ts'
import type { ConsoleModel } from './model.ts'
import type { Unread } from './read-marks.ts'

export function useRooms() {
  return useQuery(useModel().queries.rooms)
}

export function useAgents() {
  return useQuery(useModel().queries.agents)
}

/** Direct channels; none where the viewer or the network has none. */
export function useDms() {
  const { queries, network, rights } = useModel()
  const enabled = network.capabilities?.direct_messages === true && rights.observe
  return useQuery({ ...queries.dms, enabled })
}

/** What the network says about itself, as it is now. */
export function useNetwork() {
  const { queries, network } = useModel()
  return useQuery(queries.network).data ?? network
}

/** Agents by their fully qualified id. */
export function useAgentIndex(): ReadonlyMap<string, AgentSummary> {
  const { data } = useAgents()
  return useMemo(() => new Map(data?.map((agent) => [agent.fqid, agent])), [data])
}

/** What a row about a conversation says. */
export interface ConversationGlance {
  /** False: it is not known yet whether there is a message. */
  isLoaded: boolean
  last: Message | undefined
  unread: Unread
}

/** The newest message of a conversation and what is unread in it, without watching its history. */
export function useGlance(conversation: ConversationRef): ConversationGlance {
  const model = useModel()
  const { kind, id } = conversation
  const known = useRef<ConversationGlance>(undefined)
  const subscribe = useCallback(
    (listener: () => void) => {
      const log = model.conversations.log({ kind, id })
      const stops = [
        log.follow(listener),
        model.marks.subscribe(`${kind}:${id}`, listener),
        model.speaker.subscribe(listener),
      ]
      return () => {
        for (const stop of stops) stop()
      }
    },
    [model, kind, id],
  )
  return useSyncExternalStore(subscribe, () => {
    const next = glanceAt(model, { kind, id })
    if (known.current === undefined || !sameGlance(known.current, next)) known.current = next
    return known.current
  })
}

function glanceAt(model: ConsoleModel, conversation: ConversationRef): ConversationGlance {
  const log = model.conversations.log(conversation)
  const { messages, older } = log.getSnapshot()
  const stretch = { messages, hasOlder: older.kind !== 'end' }
  const unread = model.marks.unreadOf(keyOf(conversation), stretch, (message) => isOwn(model, message))
  return { isLoaded: log.isLoaded, last: messages.at(-1), unread }
}

function isOwn({ speaker }: ConsoleModel, { from }: Message): boolean {
  return from.type === 'human' && from.id === speaker.get().id
}

function sameGlance(left: ConversationGlance, right: ConversationGlance): boolean {
  return (
    left.isLoaded === right.isLoaded &&
    left.last === right.last &&
    left.unread.count === right.unread.count &&
    left.unread.more === right.unread.more &&
    left.unread.from === right.unread.from
  )
}

/** Loads the newest messages of a conversation once what stands for it is on screen. */
export function useBeginWhenSeen(
  element: RefObject<HTMLElement | null>,
  { kind, id }: ConversationRef,
): void {
  const { conversations } = useModel()
  useEffect(() => {
    if (element.current === null) return
    const observer = new IntersectionObserver((entries) => {
      if (!entries.some((entry) => entry.isIntersecting)) return
      observer.disconnect()
      void conversations.log({ kind, id }).begin()
    })
    observer.observe(element.current)
    return () => observer.disconnect()
  }, [element, conversations, kind, id])
}
