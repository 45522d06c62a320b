import type { HttpClient } from '@moltnet/client'
import { HttpError, TransportError } from '@moltnet/client'
import type { AttachmentConfig } from '@moltnet/config'
import type { Network } from '@moltnet/protocol'
import { PROTOCOLS } from '@moltnet/protocol'
import { wantsDms } from './attachment/subscription.ts'

/** The node must not start; nothing was woken. `faults` holds every problem that was found. */
export class PreflightError extends Error {
  override readonly name = 'PreflightError'
  readonly faults: readonly string[]

  constructor(faults: readonly string[]) {
    super(faults.join('\n'))
    this.faults = faults
  }
}

/** One network as one credential sees it, with the attachments that use both. */
export interface NetworkCheck {
  client: HttpClient
  baseUrl: string
  attachments: readonly AttachmentConfig[]
}

/** What one look at a network gave: its faults (none when it is fine), or that it cannot be asked now. */
export type CheckResult = { type: 'checked'; faults: string[] } | { type: 'waiting'; reason: string }

/** Asks a network once whether it is the right one and can do what its attachments need. */
export async function checkNetwork(check: NetworkCheck, signal: AbortSignal): Promise<CheckResult> {
  try {
    return { type: 'checked', faults: faultsOf(check, await check.client.network({ signal })) }
  } catch (error) {
    if (error instanceof TransportError) return { type: 'waiting', reason: error.message }
    if (error instanceof HttpError) {
      // A server that is overloaded or restarting answers; only a settled answer is a fault.
      if (error.status >= 500 || error.retryable) return { type: 'waiting', reason: describe(error) }
      return { type: 'checked', faults: [`${check.baseUrl} (${who(check)}): ${describe(error)}`] }
    }
    return { type: 'checked', faults: [`${check.baseUrl} (${who(check)}): ${messageOf(error)}`] }
  }
}

function faultsOf({ baseUrl, attachments }: NetworkCheck, network: Network): string[] {
  const faults: string[] = []
  const wrong = attachments.filter((attachment) => attachment.moltnet.networkId !== network.id)
  if (wrong.length > 0) {
    const wanted = [...new Set(wrong.map((attachment) => attachment.moltnet.networkId))].join(', ')
    faults.push(`${baseUrl} is network "${network.id}", but ${agents(wrong)} wants "${wanted}"`)
  }
  const missing = missingProtocols(network)
  if (missing.length > 0) faults.push(`${baseUrl} does not offer ${missing.join(' and ')}`)
  const wanting = attachments.filter(wantsDms)
  if (wanting.length > 0 && network.capabilities?.direct_messages === false) {
    faults.push(`${baseUrl} has direct messages switched off, but ${agents(wanting)} wants them`)
  }
  return faults
}

/** A server that reports no protocols at all is old: its capabilities tell instead. */
function missingProtocols({ protocols, capabilities }: Network): string[] {
  const http = protocols?.http ?? []
  const attach = protocols?.attach ?? []
  if (http.length === 0 && attach.length === 0) {
    const suits =
      capabilities?.message_pagination === 'cursor' && capabilities.attachment_protocol === 'websocket'
    return suits ? [] : [PROTOCOLS.http, PROTOCOLS.attach]
  }
  return [
    ...(http.includes(PROTOCOLS.http) ? [] : [PROTOCOLS.http]),
    ...(attach.includes(PROTOCOLS.attach) ? [] : [PROTOCOLS.attach]),
  ]
}

function describe(error: HttpError): string {
  if (error.status === 401) return `the token was refused (401: ${error.message})`
  if (error.status === 403) return `the token may not read the network (403: ${error.message})`
  return `GET /v1/network answered ${error.status}: ${error.message}`
}

function who({ attachments }: NetworkCheck): string {
  return agents(attachments)
}

function agents(attachments: readonly AttachmentConfig[]): string {
  return attachments.map((attachment) => attachment.agent.id).join(', ')
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
