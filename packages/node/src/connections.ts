import { createHttpClient } from '@moltnet/client'
import type { AttachmentConfig } from '@moltnet/config'
import { messageOf } from './errors.ts'
import { openCredential } from './attachment/credential.ts'
import type { Credential } from './attachment/credential.ts'
import type { NetworkCheck } from './preflight.ts'
import { attachmentKey } from './supervisor.ts'

/** By {@link attachmentKey}. */
export type Credentials = ReadonlyMap<string, Credential>

/** What the credentials of a configuration are opened with. */
export interface CredentialOptions {
  env: Readonly<Record<string, string | undefined>>
  /** Those of before: a claimed token that could not be written is only there. */
  earlier: Credentials
}

/** Opens the credential of every attachment; gives all that is wrong with them. Never throws. */
export async function openCredentials(
  attachments: readonly AttachmentConfig[],
  { env, earlier }: CredentialOptions,
): Promise<{ credentials: Map<string, Credential>; faults: string[] }> {
  const credentials = new Map<string, Credential>()
  const faults = new Set<string>()
  for (const attachment of attachments) {
    const key = attachmentKey(attachment)
    try {
      credentials.set(key, await openCredential(attachment, env, earlier.get(key)))
    } catch (error) {
      faults.add(messageOf(error))
    }
  }
  return { credentials, faults: [...faults] }
}

/** One check per server and token. Attachments without a credential are left out. */
export function networkChecks(
  attachments: readonly AttachmentConfig[],
  credentials: Credentials,
): NetworkCheck[] {
  const groups = new Map<string, NetworkCheck & { attachments: AttachmentConfig[] }>()
  for (const attachment of attachments) {
    const credential = credentials.get(attachmentKey(attachment))
    if (credential === undefined) continue
    const { baseUrl } = attachment.moltnet
    const key = JSON.stringify([baseUrl, credential.token() ?? null])
    const group = groups.get(key)
    if (group !== undefined) group.attachments.push(attachment)
    else {
      const client = createHttpClient({ baseUrl, token: credential.token })
      groups.set(key, { client, baseUrl, attachments: [attachment] })
    }
  }
  return [...groups.values()]
}
