import { z } from 'zod'

/** The stable version of the Agent Client Protocol, agentclientprotocol.com. */
export const PROTOCOL_VERSION = 1

/** Errors that agents answer with; the codes of a lost session differ from agent to agent. */
export const RPC_CODES = { authRequired: -32_000, unknownResource: -32_002 } as const

/**
 * What the node is for an agent: no editor, so it offers neither files nor terminals. With `sessionFailure`
 * codex-acp reports a failed turn as such; without it the error is only a text.
 */
export const INITIALIZE = {
  protocolVersion: PROTOCOL_VERSION,
  clientCapabilities: {
    fs: { readTextFile: false, writeTextFile: false },
    terminal: false,
    _meta: { 'jetbrains.air': { version: 1, capabilities: ['sessionFailure'] } },
  },
  clientInfo: { name: 'moltnet', title: 'Moltnet', version: '1' },
}

/** The answer to `initialize`. */
export const InitializeResult = z.object({
  protocolVersion: z.number(),
  agentInfo: z.object({ version: z.string().optional() }).nullish().catch(undefined),
  agentCapabilities: z
    .object({
      loadSession: z.boolean().optional(),
      sessionCapabilities: z.object({ resume: z.unknown().optional() }).nullish(),
    })
    .nullish(),
  authMethods: z.array(z.object({ name: z.string() })).nullish(),
})
export type InitializeResult = z.infer<typeof InitializeResult>

export const NewSessionResult = z.object({ sessionId: z.string().min(1) })

const SessionFailure = z.object({ severity: z.string().optional(), title: z.string().optional() })

/** The answer to `session/prompt`: the end of the turn. */
export const PromptResult = z.object({
  stopReason: z.string(),
  _meta: z
    .object({ 'jetbrains.air': z.object({ sessionFailure: SessionFailure.nullish() }).nullish().catch(null) })
    .nullish()
    .catch(null),
})
export type PromptResult = z.infer<typeof PromptResult>

/** A `session/update`; only some kinds of update matter here. */
export const SessionUpdate = z.object({
  sessionId: z.string(),
  update: z.object({
    sessionUpdate: z.string(),
    messageId: z.string().nullish().catch(undefined),
    content: z.unknown().optional(),
  }),
})
export type SessionUpdate = z.infer<typeof SessionUpdate>

export const TextContent = z.object({ type: z.literal('text'), text: z.string() })

/** A `session/request_permission`. */
export const PermissionRequest = z.object({
  sessionId: z.string(),
  toolCall: z.object({
    title: z.string().nullish(),
    kind: z.string().nullish(),
    rawInput: z.unknown().optional(),
  }),
  options: z.array(z.object({ optionId: z.string(), kind: z.string() })),
})
export type PermissionRequest = z.infer<typeof PermissionRequest>
