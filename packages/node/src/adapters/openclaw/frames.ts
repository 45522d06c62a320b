import { z } from 'zod'

/** What a gateway says about a request that it refused. */
export const GatewayError = z.object({
  code: z.string(),
  message: z.string(),
  details: z
    .looseObject({ code: z.string().optional(), requestId: z.string().optional() })
    .optional()
    .catch(undefined),
  retryAfterMs: z.number().nonnegative().optional().catch(undefined),
})
export type GatewayError = z.infer<typeof GatewayError>

const EventFrame = z.object({ type: z.literal('event'), event: z.string(), payload: z.unknown().optional() })

/** An answer. A long method answers twice under one id: when it is accepted, and when it has ended. */
const ResponseFrame = z.object({
  type: z.literal('res'),
  id: z.string(),
  ok: z.boolean(),
  payload: z.unknown().optional(),
  error: GatewayError.optional(),
})
export type ResponseFrame = z.infer<typeof ResponseFrame>

const Frame = z.discriminatedUnion('type', [EventFrame, ResponseFrame])
export type Frame = z.infer<typeof Frame>

/** A frame of the gateway; undefined for one that this version does not know. */
export function parseFrame(text: string): Frame | undefined {
  try {
    return Frame.safeParse(JSON.parse(text)).data
  } catch {
    return undefined
  }
}

/** `payload` of the event that the gateway speaks first. */
export const Challenge = z.object({ nonce: z.string(), ts: z.number() })

/** `payload` of a `connect` that was let in, the parts that matter. */
export const Hello = z.object({
  server: z.object({ version: z.string().optional() }).optional().catch(undefined),
  policy: z.object({ tickIntervalMs: z.number().positive().optional() }).optional(),
})

/** Another id under the same session key means that the gateway has begun the session anew. */
const SessionName = z
  .object({ sessionId: z.string().min(1).optional() })
  .optional()
  .catch(undefined)

/** `payload` of either answer to `agent`. */
export const AgentPayload = z.object({
  status: z.string(),
  summary: z.string().optional(),
  result: z
    .object({
      payloads: z.array(z.object({ text: z.string().nullish() })).nullish(),
      meta: z.object({ agentMeta: SessionName }).optional().catch(undefined),
    })
    .nullish()
    .catch(undefined),
})
export type AgentPayload = z.infer<typeof AgentPayload>

/** `payload` of the answer to `agent.wait`. A wait that ran out has neither `endedAt` nor `error`. */
export const WaitPayload = z.object({
  status: z.string(),
  endedAt: z.number().optional(),
  error: z.string().optional(),
  stopReason: z.string().optional(),
  terminalReply: z
    .object({ disposition: z.string(), text: z.string().optional() })
    .nullish()
    .catch(undefined),
  terminalReceipt: SessionName,
})
export type WaitPayload = z.infer<typeof WaitPayload>

/** `payload` of the answer to `chat.abort`. */
export const AbortPayload = z.object({ aborted: z.boolean() })
