import {
  AgentPage,
  AgentRegistration,
  AgentSummary,
  Applied,
  ApplyRequest,
  ArtifactPage,
  CreateMessage,
  CreateRoom,
  Delivery,
  DeliveryPage,
  DirectConversation,
  DmPage,
  ERROR_CODES,
  Message,
  MessageAccepted,
  MessagePage,
  MessagePreview,
  MoltnetEvent,
  Network,
  PairingPage,
  Part,
  RegisterAgent,
  Removed,
  Room,
  RoomPage,
  Target,
  TargetClaim,
  Thread,
  ThreadPage,
  UpdateRoomMembers,
  Wake,
  WakePage,
} from '@moltnet/protocol'
import { z } from 'zod'

const ErrorEnvelope = z.object({
  error: z.string(),
  code: z.enum(Object.keys(ERROR_CODES) as [keyof typeof ERROR_CODES]),
  request_id: z.string(),
})

/** Every schema that the document names. They are the ones that requests are validated with. */
export const SCHEMAS = {
  AgentPage,
  AgentRegistration,
  AgentSummary,
  Applied,
  ApplyRequest,
  ArtifactPage,
  CreateMessage,
  CreateRoom,
  Delivery,
  DeliveryPage,
  DirectConversation,
  DmPage,
  ErrorEnvelope,
  Health: z.object({ status: z.string() }),
  Message,
  MessageAccepted,
  MessagePage,
  MessagePreview,
  MoltnetEvent,
  Network,
  PairingPage,
  Part,
  RegisterAgent,
  Removed,
  Room,
  RoomPage,
  SignIn: z.object({ access_token: z.string() }),
  SignedIn: z.object({ signed_in: z.literal(true) }),
  SignedOut: z.object({ signed_out: z.literal(true) }),
  Target,
  TargetClaim,
  Thread,
  ThreadPage,
  UpdateRoomMembers,
  Wake,
  WakePage,
}
export type SchemaName = keyof typeof SCHEMAS

/** Where a schema stands in the document. */
export function schemaRef(name: string): string {
  return `#/components/schemas/${name}`
}

/** The schemas as JSON Schema 2020-12, which is what OpenAPI 3.1 takes. */
export function jsonSchemas(): Record<string, unknown> {
  const registry = z.registry<{ id: string }>()
  for (const [id, schema] of Object.entries(SCHEMAS)) registry.add(schema, { id })
  // What a request may hold: of an optional value the part that is no preprocessing.
  const { schemas } = z.toJSONSchema(registry, { io: 'input', unrepresentable: 'any', uri: schemaRef })
  return Object.fromEntries(
    Object.entries(schemas).map(([id, { $schema: _draft, $id: _id, ...schema }]) => [id, schema]),
  )
}
