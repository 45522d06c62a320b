import { dirname, isAbsolute, relative } from 'node:path'
import type { Environment } from '../environment.ts'
import { authModeOf, registrationOf, tokenRuleOf, tokenSourceOf } from '../node/network.ts'
import type { DmBinding, RoomBinding, TokenSource } from '../node/types.ts'
import { dmBinding, olderNotation, roomBinding } from '../schema/binding.ts'
import { normalizeBaseUrl } from '../schema/fields.ts'
import type { TokenKeys } from '../schema/network.ts'
import type { ClientFile, IdentityFile } from './file.ts'
import { CLIENT_VERSION, IDENTITY_VERSION } from './file.ts'
import type { ClientAttachment, ClientConfig, ClientIdentity } from './types.ts'

type AttachmentFile = ClientFile['attachments'][number]

/** The client's configuration from a file that is right. `dir` is the folder of the file. */
export function resolveClient(file: ClientFile, context: { dir: string; env: Environment }): ClientConfig {
  return {
    agent: { name: file.agent.name || undefined, runtime: file.agent.runtime || undefined },
    attachments: file.attachments.map((attachment) => resolveAttachment(attachment, context)),
  }
}

export function resolveAttachment(
  file: AttachmentFile,
  { dir, env }: { dir: string; env: Environment },
): ClientAttachment {
  const { auth } = file
  const authMode = authModeOf({ ...auth, auth_mode: auth.mode })
  const registration = registrationOf(auth.registration, authMode)
  const rule = tokenRuleOf(authMode, registration, false)
  return {
    baseUrl: normalizeBaseUrl(file.base_url),
    networkId: file.network_id,
    authMode,
    registration,
    token: tokenSourceOf(auth, { rule, dir, env }),
    memberId: file.member_id,
    agentName: file.agent_name || undefined,
    runtime: file.runtime || undefined,
    rooms: file.rooms.map(roomBinding),
    dms: dmBinding(file.dms),
  }
}

/** The file's form of a client configuration that will stand at `path`. */
export function clientFileOf(config: ClientConfig, path: string): ClientFile {
  return {
    version: CLIENT_VERSION,
    agent: config.agent,
    attachments: config.attachments.map((attachment) => ({
      agent_name: attachment.agentName,
      auth: {
        mode: attachment.authMode,
        registration: attachment.registration,
        ...tokenKeysOf(attachment.token, dirname(path)),
      },
      base_url: attachment.baseUrl,
      network_id: attachment.networkId,
      member_id: attachment.memberId,
      rooms: attachment.rooms.map(roomFileOf),
      dms: dmFileOf(attachment.dms),
      runtime: attachment.runtime,
    })),
  }
}

function tokenKeysOf(source: TokenSource, dir: string): TokenKeys {
  switch (source.kind) {
    case 'none':
      return {}
    case 'value':
      return { token: source.token }
    case 'env':
      return { token_env: source.name }
    case 'file': {
      // Relative below the file's own folder, so that a workspace can be moved.
      const path = relative(dir, source.path)
      return { token_path: path.startsWith('..') || isAbsolute(path) ? source.path : path }
    }
  }
}

/** Rooms and direct messages are written in the older notation, which every program reads. */
function roomFileOf(room: RoomBinding): AttachmentFile['rooms'][number] {
  return {
    id: room.id,
    ...olderNotation(room),
    visibility: room.visibility,
    write_policy: room.writePolicy,
    can_write: room.canWrite,
    access: room.access,
  }
}

function dmFileOf(dms: DmBinding): AttachmentFile['dms'] {
  return { enabled: dms.enabled, ...olderNotation(dms) }
}

/** An identity from a file that is right. */
export function resolveIdentity(file: IdentityFile): ClientIdentity {
  return {
    networkId: file.network_id,
    agentId: file.agent_id,
    actorUid: file.actor_uid,
    actorUri: file.actor_uri,
    displayName: file.display_name || undefined,
  }
}

/** The file's form of an identity. */
export function identityFileOf(identity: ClientIdentity): IdentityFile {
  return {
    version: IDENTITY_VERSION,
    network_id: identity.networkId,
    agent_id: identity.agentId,
    actor_uid: identity.actorUid,
    actor_uri: identity.actorUri,
    display_name: identity.displayName,
  }
}
