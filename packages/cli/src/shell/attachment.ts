import type { HttpClient, HttpClientOptions } from '@moltnet/client'
import {
  chooseAttachment,
  type ClientAttachment,
  isReadOnly,
  loadClientConfig,
  resolveTokenSource,
} from '@moltnet/config/client'
import type { ConversationRef } from '@moltnet/protocol'
import type { AttachmentFlags } from './client-options.ts'
import { CommandError } from './failures.ts'

/** One attachment of the client config, ready to talk to its network. */
export interface Access {
  attachment: ClientAttachment
  client: HttpClient
}

/** One attachment of the client config, and how to reach its network. */
export interface Reach {
  attachment: ClientAttachment
  http: HttpClientOptions
}

/** Chooses the attachment by `--network` and `--member` and makes a client with its token. */
export async function openAccess(flags: AttachmentFlags): Promise<Access> {
  const { attachment, http } = await reach(flags)
  return { attachment, client: await httpClient(http) }
}

/** A client for everything. Its schemas take longer to load than a message takes to send. */
export async function httpClient(http: HttpClientOptions): Promise<HttpClient> {
  const { createHttpClient } = await import('@moltnet/client')
  return createHttpClient(http)
}

/** Chooses the attachment by `--network` and `--member` and resolves its token. */
export async function reach(flags: AttachmentFlags): Promise<Reach> {
  const { attachment } = await chooseFrom(flags)
  const token = await resolveTokenSource(attachment.token, { env: process.env })
  if (token.kind === 'claim') {
    throw new CommandError(
      `${attachment.memberId} has no token yet in ${token.file}; moltnet register-agent claims one`,
    )
  }
  const http = {
    baseUrl: attachment.baseUrl,
    ...(token.kind === 'token' ? { token: token.token } : {}),
  }
  return { attachment, http }
}

/** The chosen attachment and the path of its config, without asking for its token. */
export async function chooseFrom(
  flags: AttachmentFlags,
): Promise<{ attachment: ClientAttachment; path: string }> {
  const { config, path } = await loadClientConfig({
    ...(flags.config === undefined ? {} : { path: flags.config }),
    cwd: process.cwd(),
    env: process.env,
  })
  return { attachment: chooseAttachment(config, flags), path }
}

/** Refuses a room or DM that the attachment does not have, before any request is made. */
export function requireAttached(attachment: ClientAttachment, { kind, id }: ConversationRef): void {
  if (kind === 'dm' && !attachment.dms.enabled) {
    throw new CommandError(
      `direct messages are not enabled for ${attachment.memberId} on ${attachment.networkId}; moltnet connect --enable-dms enables them`,
    )
  }
  if (kind === 'room' && !attachment.rooms.some((room) => room.id === id)) {
    const known = attachment.rooms.map((room) => room.id).join(', ') || 'none'
    throw new CommandError(
      `room ${id} is not attached for ${attachment.memberId} on ${attachment.networkId} (attached: ${known}); moltnet connect --rooms adds it`,
    )
  }
}

/** Refuses a room that the attachment may only read. */
export function requireWritable(attachment: ClientAttachment, roomId: string): void {
  const room = attachment.rooms.find((candidate) => candidate.id === roomId)
  if (room && isReadOnly(room))
    throw new CommandError(`room ${roomId} is read-only for ${attachment.memberId}`)
}
