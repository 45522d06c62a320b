import { getLogger } from '@logtape/logtape'
import type { HttpClient } from '@moltnet/client'
import { HttpError, TransportError } from '@moltnet/client'
import type { AttachmentConfig } from '@moltnet/config'
import type { Network } from '@moltnet/protocol'
import { PROTOCOLS } from '@moltnet/protocol'
import { messageOf } from './errors.ts'
import { wantsDms } from './attachment/subscription.ts'
import { Backoff, pause } from './backoff.ts'
import { NODE_LIMITS } from './limits.ts'

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

const logger = getLogger(['moltnet', 'node', 'preflight'])

/** What the checks before the first wake are made from. */
export interface PreflightOptions {
  checks: readonly NetworkCheck[]
  /** Problems that are known already. */
  faults: readonly string[]
  /** Gives up waiting. */
  signal: AbortSignal
  /** Called before each wait for servers that cannot be asked yet, with the next try in Unix milliseconds. */
  onWaiting(reason: string, until: number): void
  random?: () => number
}

/**
 * Asks every network once whether it is the right one and can do what its attachments need. Throws a
 * {@link PreflightError} with all problems; a server that cannot be asked is waited for, as long as there
 * are none. Returns early when `signal` fires.
 */
export async function preflight(options: PreflightOptions): Promise<void> {
  const { signal, onWaiting } = options
  const backoff = new Backoff(NODE_LIMITS.preflightFirstMs, NODE_LIMITS.preflightMaxMs, options.random)
  let pending = options.checks
  while (!signal.aborted) {
    const looks = await Promise.all(pending.map((check) => look(check, signal)))
    if (signal.aborted) return
    const faults = [...options.faults, ...looks.flatMap((one) => one.faults)]
    if (faults.length > 0) throw new PreflightError(faults)
    const waiting = looks.filter((one) => one.waiting !== undefined)
    if (waiting.length === 0) return
    pending = waiting.map((one) => one.check)
    const wait = backoff.next()
    for (const { check, waiting: reason } of waiting) {
      logger.warn('{server} cannot be asked yet: {reason}; next try in {retry_ms} ms', {
        server: check.baseUrl,
        reason,
        retry_ms: wait,
      })
    }
    onWaiting(waiting.map((one) => `${one.check.baseUrl}: ${one.waiting}`).join('; '), Date.now() + wait)
    await pause(wait, signal)
  }
}

/**
 * Asks every network once. Gives all that is wrong; a network that cannot be asked now is no fault, because
 * its attachments wait for it by themselves.
 */
export async function networkFaults(checks: readonly NetworkCheck[], signal: AbortSignal): Promise<string[]> {
  const looks = await Promise.all(checks.map((check) => look(check, signal)))
  return looks.flatMap(({ faults }) => faults)
}

/** What one look at a network gave: its faults, none when it is fine; or why it cannot be asked now. */
interface Look {
  check: NetworkCheck
  faults: string[]
  waiting?: string
}

async function look(check: NetworkCheck, signal: AbortSignal): Promise<Look> {
  try {
    return { check, faults: faultsOf(check, await check.client.network({ signal })) }
  } catch (error) {
    const reason = error instanceof HttpError ? describe(error) : messageOf(error)
    // A server that is overloaded or restarting answers too; only a settled answer is a fault.
    const passing =
      error instanceof TransportError ||
      (error instanceof HttpError && (error.status >= 500 || error.retryable))
    if (passing) return { check, faults: [], waiting: reason }
    return { check, faults: [`${check.baseUrl} (${agents(check.attachments)}): ${reason}`] }
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

function agents(attachments: readonly AttachmentConfig[]): string {
  return attachments.map((attachment) => attachment.agent.id).join(', ')
}
