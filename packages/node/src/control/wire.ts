import { z } from 'zod'

/** What a node is asked on its own socket: one line of JSON, answered by one. */
export const ControlRequest = z.object({ op: z.enum(['status', 'reload']) })
export type ControlRequest = z.infer<typeof ControlRequest>

const time = z.string().describe('UTC, RFC 3339.')

/** The runtime of an attachment, as it was last looked at. */
const RuntimeReport = z.object({
  kind: z.string(),
  state: z
    .enum(['ready', 'missing', 'broken', 'unreachable', 'refused', 'unknown'])
    .describe('`unknown`: it was not looked at yet, because the attachment does not run.'),
  version: z.string().optional(),
  note: z.string().optional().describe('What the look could not find out.'),
  problem: z.string().optional(),
  fix: z.string().optional().describe('The command or the edit that mends the problem.'),
  checked_at: time.optional(),
})
export type RuntimeReport = z.infer<typeof RuntimeReport>

const LastWakeReport = z.object({
  message_ids: z.array(z.string()).describe('Empty for a bootstrap turn.'),
  outcome: z.enum(['delivered', 'retry', 'failed']),
  reason: z.string().optional(),
  error: z.string().optional(),
  at: time,
  duration_ms: z.number(),
})

/** The server of an attachment, asked for this report. */
const ServerReport = z.object({
  url: z.string(),
  reachable: z.boolean(),
  network_id: z.string().optional(),
  version: z.string().optional(),
  error: z.string().optional(),
})
export type ServerReport = z.infer<typeof ServerReport>

const AttachmentReport = z.object({
  agent_id: z.string(),
  network_id: z.string(),
  state: z.enum(['starting', 'connected', 'busy', 'backing_off', 'failed']),
  since: time,
  until: time.optional().describe('`backing_off`: when it goes on by itself.'),
  reason: z.string().optional().describe('`backing_off`, `failed`: why.'),
  turns: z.number().describe('Turns that run now.'),
  waiting: z.number().describe('Messages that wait for a turn.'),
  delivery: z.enum(['durable', 'v1']).optional(),
  rejected: z.array(z.object({ room: z.string(), reason: z.string() })),
  runtime: RuntimeReport,
  last_wake: LastWakeReport.optional(),
  server: ServerReport,
})
export type AttachmentReport = z.infer<typeof AttachmentReport>

/** What a node says about itself. */
export const NodeReport = z.object({
  pid: z.number(),
  version: z.string().optional(),
  started_at: time,
  config_path: z.string(),
  state_dir: z.string(),
  attachments: z.array(AttachmentReport),
})
export type NodeReport = z.infer<typeof NodeReport>

/** What a reload did. */
export const ReloadReport = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('applied'),
    started: z.array(z.string()),
    restarted: z.array(z.string()),
    stopped: z.array(z.string()),
    kept: z.array(z.string()).describe('They kept their connection and their turns.'),
  }),
  z.object({ type: z.literal('refused'), faults: z.array(z.string()) }),
])

/** The answer to a request. */
export const ControlAnswer = z.discriminatedUnion('op', [
  z.object({ op: z.literal('status'), report: NodeReport }),
  z.object({ op: z.literal('reload'), result: ReloadReport }),
  z.object({ op: z.literal('error'), error: z.string() }),
])
export type ControlAnswer = z.infer<typeof ControlAnswer>
