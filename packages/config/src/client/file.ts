import { AgentId, AuthMode, MemberId, NetworkId, RegistrationMode } from '@moltnet/protocol'
import { z } from 'zod'
import { bindingKeys } from '../schema/binding.ts'
import { baseUrl } from '../schema/fields.ts'
import { tokenKeys } from '../schema/network.ts'

/** Version of the client's file. */
export const CLIENT_VERSION = 'moltnet.client.v1'
/** Version of the same file as Spawnfile wrote it; read, never written. */
export const LEGACY_CLIENT_VERSION = 'spawnfile.moltnet-http-skill.v1'
/** Version of the identity file. */
export const IDENTITY_VERSION = 'moltnet.identity.v1'

const text = z.string()

/** One attachment of the client's file. */
export const ClientAttachmentEntry = z.strictObject({
  agent_name: text.optional().describe('Name shown to people.'),
  auth: z
    .strictObject({
      mode: AuthMode.optional().describe(
        'How to show who one is; `bearer` when there is a token source, else `none`.',
      ),
      registration: RegistrationMode.optional().describe('How the agent was registered.'),
      ...tokenKeys,
    })
    .prefault({})
    .describe('How this client shows who it is.'),
  base_url: baseUrl.describe('Base URL of the server.'),
  network_id: NetworkId.describe('Id of the network.'),
  member_id: MemberId.describe('Who this client is on the network.'),
  ...bindingKeys,
  runtime: text.optional().describe('Kind of the runtime that this client belongs to.'),
})

/** The file `.moltnet/config.json`. Every key is documented here and nowhere else. */
export const ClientFile = z.strictObject({
  version: z.enum([CLIENT_VERSION, LEGACY_CLIENT_VERSION]).describe('Version of this file format.'),
  agent: z
    .strictObject({
      name: text.optional().describe('Name of the agent.'),
      runtime: text.optional().describe('Kind of its runtime.'),
    })
    .prefault({})
    .describe('The agent that this workspace belongs to.'),
  attachments: z.array(ClientAttachmentEntry).min(1).describe('Networks that the agent is attached to.'),
})
export type ClientFile = z.infer<typeof ClientFile>

/** The file `.moltnet/identity.json`. */
export const IdentityFile = z.strictObject({
  version: z.literal(IDENTITY_VERSION).describe('Version of this file format.'),
  network_id: NetworkId.describe('Network that the agent is registered on.'),
  agent_id: AgentId.describe('Id of the agent.'),
  actor_uid: text.min(1).describe('Lasting id of the registration.'),
  actor_uri: text.min(1).describe('Fully qualified id of the agent.'),
  display_name: text.optional().describe('Name shown to people.'),
})
export type IdentityFile = z.infer<typeof IdentityFile>
