import { z } from 'zod'
import { AgentSummary } from './agent.ts'
import { Artifact } from './artifact.ts'
import { DirectConversation, Thread } from './conversation.ts'
import { Delivery, Wake } from './delivery.ts'
import { listOf } from './json.ts'
import { LIMITS } from './limits.ts'
import { Message } from './message.ts'
import { Pairing } from './pairing.ts'
import { Room } from './room.ts'

/** What lies beyond a page. */
export const Page = z.object({
  has_more: z.boolean(),
  next_before: z.string().optional(),
  next_after: z.string().optional(),
})
export type Page = z.infer<typeof Page>

const pageOf = <K extends string, T extends z.ZodType>(key: K, item: T) =>
  z.object({ [key]: listOf(item), page: Page } as { [P in K]: ReturnType<typeof listOf<T>> } & {
    page: typeof Page
  })

export const RoomPage = pageOf('rooms', Room)
export type RoomPage = z.infer<typeof RoomPage>
export const AgentPage = pageOf('agents', AgentSummary)
export type AgentPage = z.infer<typeof AgentPage>
export const MessagePage = pageOf('messages', Message)
export type MessagePage = z.infer<typeof MessagePage>
export const ThreadPage = pageOf('threads', Thread)
export type ThreadPage = z.infer<typeof ThreadPage>
export const DmPage = pageOf('dms', DirectConversation)
export type DmPage = z.infer<typeof DmPage>
export const ArtifactPage = pageOf('artifacts', Artifact)
export type ArtifactPage = z.infer<typeof ArtifactPage>
export const PairingPage = pageOf('pairings', Pairing)
export type PairingPage = z.infer<typeof PairingPage>
export const DeliveryPage = pageOf('deliveries', Delivery)
export type DeliveryPage = z.infer<typeof DeliveryPage>
export const WakePage = pageOf('wakes', Wake)
export type WakePage = z.infer<typeof WakePage>

/** A page request after the query string was read. Never both cursors. */
export type PageQuery =
  | { limit: number; from: 'newest' }
  | { limit: number; from: 'before'; cursor: string }
  | { limit: number; from: 'after'; cursor: string }

/** The `limit` of a query string: default 100, junk is 100, more than 500 is 500. */
export function parseLimit(value: string | null | undefined): number {
  if (value === null || value === undefined || !/^[0-9]+$/.test(value)) return LIMITS.pageDefault
  const limit = Number(value)
  return limit < 1 ? LIMITS.pageDefault : Math.min(limit, LIMITS.pageMax)
}
