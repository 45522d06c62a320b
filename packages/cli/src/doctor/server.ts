import type { HttpClient } from '@moltnet/client'
import { createHttpClient, HttpError, isLoopback } from '@moltnet/client'
import type { AttachmentConfig, Environment } from '@moltnet/config'
import { ConfigError, resolveTokenSource } from '@moltnet/config'
import type { Network } from '@moltnet/protocol'
import { VERSION } from '../version.ts'
import { about } from './finding.ts'
import type { Finding } from './finding.ts'

/** How long a server is waited for, in milliseconds. */
const ANSWER_MS = 5_000
/** A clock that differs by more is worth a word, or breaks signatures and certificates; in milliseconds. */
const SKEW_WARNING_MS = 10_000
const SKEW_ERROR_MS = 300_000

/** One server, and whom it is asked for. */
export interface ServerUse {
  baseUrl: string
  /** The network that it has to be. */
  networkId: string
  /** Agents that attach there; none for the server of this folder. */
  attachments: readonly AttachmentConfig[]
}

/** The servers of a node's attachments. */
export function serversOf(attachments: readonly AttachmentConfig[]): ServerUse[] {
  const uses = new Map<string, ServerUse>()
  for (const attachment of attachments) {
    const { baseUrl, networkId } = attachment.moltnet
    const key = `${baseUrl} ${networkId}`
    const known = uses.get(key)
    uses.set(key, { baseUrl, networkId, attachments: [...(known?.attachments ?? []), attachment] })
  }
  return [...uses.values()]
}

/** Whether a server answers, is the right one, takes the tokens of its agents, and has the same time. */
export async function serverFindings(use: ServerUse, env: Environment): Promise<Finding[]> {
  const contact = await askForTime(use.baseUrl)
  if (contact.type === 'none') {
    return [
      about('server', use.baseUrl).error(
        `cannot be reached: ${contact.error}`,
        isLoopback(use.baseUrl)
          ? 'start it: moltnet start'
          : 'check moltnet.base_url, the network and the server',
      ),
    ]
  }
  const findings = contact.skewMs === undefined ? [] : clockFindings(use.baseUrl, contact.skewMs)
  const tokens = await tokensOf(use, env)
  findings.push(...tokens.findings)
  for (const { agents, token } of tokens.groups) {
    const client = createHttpClient({ baseUrl: use.baseUrl, ...(token === undefined ? {} : { token }) })
    findings.push(...(await networkFindings(use, client, agents)))
  }
  return findings
}

type Contact = { type: 'reached'; skewMs: number | undefined } | { type: 'none'; error: string }

/** The difference of the server's clock to ours, from the `Date` of an answer, which is cut to seconds. */
async function askForTime(baseUrl: string): Promise<Contact> {
  try {
    const asked = Date.now()
    const response = await fetch(`${baseUrl}/healthz`, {
      redirect: 'manual',
      signal: AbortSignal.timeout(ANSWER_MS),
      ...(isLoopback(baseUrl) ? { proxy: false as never } : {}),
    })
    await response.body?.cancel()
    const date = Date.parse(response.headers.get('date') ?? '')
    if (Number.isNaN(date)) return { type: 'reached', skewMs: undefined }
    const ours = (asked + Date.now()) / 2
    // The true time lies within the second that the header names.
    const early = date - ours
    const skewMs = early > 0 ? early : Math.min(0, early + 1_000)
    return { type: 'reached', skewMs }
  } catch (error) {
    return { type: 'none', error: reasonOf(error) }
  }
}

function clockFindings(subject: string, skewMs: number): Finding[] {
  const area = 'clock'
  const off = Math.abs(skewMs)
  if (off <= SKEW_WARNING_MS)
    return [{ area, severity: 'ok', subject, message: 'has the same time as this machine' }]
  const how = `its clock is ${(off / 1_000).toFixed(0)} s ${skewMs > 0 ? 'ahead of' : 'behind'} that of this machine`
  return [
    {
      area,
      severity: off > SKEW_ERROR_MS ? 'error' : 'warning',
      subject,
      message: `${how}: times are shown wrongly, and signatures of webhooks and gateways may be refused`,
      fix: 'set both clocks by NTP: timedatectl set-ntp true',
    },
  ]
}

interface TokenGroup {
  agents: string[]
  token: string | undefined
}

/** The agents of a server by their token. The tokens are never shown. */
async function tokensOf(
  { baseUrl, attachments }: ServerUse,
  env: Environment,
): Promise<{ groups: TokenGroup[]; findings: Finding[] }> {
  if (attachments.length === 0) return { groups: [{ agents: [], token: undefined }], findings: [] }
  const groups = new Map<string | undefined, TokenGroup>()
  const findings: Finding[] = []
  for (const { agent, moltnet } of attachments) {
    try {
      const resolved = await resolveTokenSource(moltnet.token, { env })
      if (resolved.kind === 'claim') {
        findings.push(
          about('server', agent.id).info(
            `has no token yet; it claims one at ${baseUrl} when it first attaches`,
          ),
        )
        continue
      }
      const token = resolved.kind === 'token' ? resolved.token : undefined
      const group = groups.get(token) ?? { agents: [], token }
      group.agents.push(agent.id)
      groups.set(token, group)
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error
      findings.push({
        area: 'secrets',
        severity: 'error',
        subject: agent.id,
        message: `its token cannot be used: ${error.message}`,
        fix: /run (chmod \S+ .*)$/.exec(error.message)?.[1] ?? 'set its token, token_env or token_path',
      })
    }
  }
  return { groups: [...groups.values()], findings }
}

async function networkFindings(
  use: ServerUse,
  client: HttpClient,
  agents: readonly string[],
): Promise<Finding[]> {
  const who = agents.length === 0 ? '' : ` with the token of ${agents.join(', ')}`
  let network: Network
  try {
    network = await client.network({ signal: AbortSignal.timeout(ANSWER_MS) })
  } catch (error) {
    if (error instanceof HttpError && (error.status === 401 || error.status === 403)) {
      // Without a credential of its own doctor is nobody there, and need not be let in.
      if (agents.length === 0)
        return [about('server', use.baseUrl).ok('answers; it wants a credential to say more')]
      return [
        about('server', use.baseUrl).error(
          `refuses the token of ${agents.join(', ')} (${error.status})`,
          'set the token that the server has in auth.tokens, or have the agent claim one anew: moltnet admin agent reset-token',
        ),
      ]
    }
    const reason = reasonOf(error)
    return [
      about('server', use.baseUrl).error(
        `answers, but not as a Moltnet server${who}: ${reason}`,
        'check moltnet.base_url',
      ),
    ]
  }
  return [...identityFindings(use, network), ...wishFindings(use, network)]
}

/** What an error says, without Bun's advice to programmers. */
function reasonOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error)
  return message.replace(/ For more information, .*$/, '')
}

function identityFindings({ baseUrl, networkId }: ServerUse, network: Network): Finding[] {
  if (network.id !== networkId) {
    return [
      about('server', baseUrl).error(
        `is network ${network.id}, but the config says ${networkId}`,
        `set moltnet.network_id to ${network.id}, or moltnet.base_url to the server of ${networkId}`,
      ),
    ]
  }
  const { version } = network
  const known = version === undefined ? 'without a version' : `version ${version}`
  const findings = [about('server', baseUrl).ok(`answers as network ${network.id}, ${known}`)]
  if (version !== undefined && version !== VERSION) {
    findings.push(about('server', baseUrl).info(`runs version ${version}, this program is ${VERSION}`))
  }
  return findings
}

function wishFindings({ baseUrl, attachments }: ServerUse, { capabilities }: Network): Finding[] {
  const wanting = attachments.filter(({ dms }) => dms.enabled && dms.wake !== 'never')
  if (wanting.length === 0 || capabilities?.direct_messages !== false) return []
  const agents = wanting.map(({ agent }) => agent.id).join(', ')
  return [
    about('server', baseUrl).error(
      `has direct messages switched off, but ${agents} wants them: the node will not start`,
      'set server.direct_messages to true, or dms.enabled to false',
    ),
  ]
}
