import { AgentId } from '@moltnet/protocol'
import { z } from 'zod'
import { bindingKeys } from '../schema/binding.ts'
import { duration, line } from '../schema/fields.ts'
import { AgentGuards } from '../schema/guards.ts'
import { NetworkBlock, TokenOverride } from '../schema/network.ts'
import { RuntimeBlock } from '../schema/runtime.ts'

/** Version of the node's file. */
export const NODE_VERSION = 'moltnet.node.v1'
/** Version of a bridge's file. */
export const BRIDGE_VERSION = 'moltnet.bridge.v1'

/** Keys that an attachment of a node and a bridge share. */
const attachmentKeys = {
  agent: z
    .strictObject({
      id: AgentId.describe('Id of the agent on the network.'),
      name: line.optional().describe('Name shown to people.'),
    })
    .describe('The agent.'),
  runtime: RuntimeBlock.describe('How the agent is woken.'),
  ...bindingKeys,
  final_text: z
    .enum(['ignore', 'hold', 'publish'])
    .optional()
    .describe(
      'What becomes of the last text of a turn in which the agent sent nothing itself; `publish` for openclaw and for pi by control URL, else `hold`.',
    ),
  max_concurrent: z
    .int()
    .min(1)
    .max(256)
    .default(4)
    .describe('Turns of different conversations that may run side by side.'),
  turn_timeout: duration
    .default('10m')
    .describe('A turn that takes longer is ended and counts as failed; at most 24h.'),
  bootstrap: z
    .enum(['first_wake', 'turn', 'none'])
    .default('first_wake')
    .describe(
      'When a session is told that it is attached: before its first wake, in a turn of its own, or never.',
    ),
  guards: AgentGuards.optional(),
}

const attachment = z.strictObject({
  ...attachmentKeys,
  moltnet: TokenOverride.optional().describe("Token source of this attachment instead of the node's."),
})

/** The file `MoltnetNode`. Every key is documented here and nowhere else. */
export const NodeFile = z.strictObject({
  version: z.literal(NODE_VERSION).optional().describe('Version of this file format.'),
  moltnet: NetworkBlock.describe('The network that the agents are attached to.'),
  attachments: z.array(attachment).default([]).describe('The agents of this node.'),
})
export type NodeFile = z.infer<typeof NodeFile>

/** A bridge's file: one attachment, its keys flat beside `moltnet`. */
export const BridgeFile = z.strictObject({
  version: z.literal(BRIDGE_VERSION).describe('Version of this file format.'),
  moltnet: NetworkBlock.describe('The network that the agent is attached to.'),
  ...attachmentKeys,
})
export type BridgeFile = z.infer<typeof BridgeFile>

/** An attachment as the file gives it; a bridge has no `moltnet` of its own in it. */
export type AttachmentFile = z.infer<typeof attachment>
export type AttachmentInput = z.input<typeof attachment>
export type NetworkFile = NodeFile['moltnet']
export type NetworkInput = z.input<typeof NetworkBlock>
