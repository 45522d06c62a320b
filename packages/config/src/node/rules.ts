import type { Report } from '../core/report.ts'
import { firstPlaces } from '../core/report.ts'
import type { FileKind, Salvaged } from '../core/validate.ts'
import { parseDuration } from '../duration.ts'
import type { Environment } from '../environment.ts'
import { resolvePath } from '../paths.ts'
import { approvalUses, bindingRules } from '../schema/binding.ts'
import { chainRule } from '../schema/guards.ts'
import type { TokenKeys } from '../schema/network.ts'
import { isTokenMisshapen, tokenKeyOf } from '../schema/network.ts'
import { runtimeRules } from '../schema/runtime-rules.ts'
import { isAgentToken } from '../token-source.ts'
import type { AttachmentInput, NetworkInput } from './file.ts'
import { BridgeFile, NodeFile } from './file.ts'
import { authModeOf } from './network.ts'

/** What the rules of nodes and bridges look at besides the file. */
export interface NodeContext {
  /** Folder of the file. */
  dir: string
  env: Environment
}

type Network = Salvaged<NetworkInput>
type Attachment = Salvaged<AttachmentInput>

/** A turn must end within a day: timers of the platform hold 24.8 days. */
const TURN_TIMEOUT_MAX_MS = 86_400_000

/** The file `MoltnetNode`: its shape and the rules between its keys. */
export const nodeKind: FileKind<typeof NodeFile, NodeContext> = {
  schema: NodeFile,
  rules(file, report, context) {
    const network = file.moltnet ?? {}
    const attachments = file.attachments ?? []
    sharedTokenRules(network, report.at('moltnet'))
    const secretEnv = tokenEnvNamesOf([network, ...attachments.map((one) => one?.moltnet)])
    const firstAgent = firstPlaces()
    const firstSource = firstPlaces()
    for (const [index, attachment] of attachments.entries()) {
      if (attachment === undefined) continue
      const place = report.at('attachments', index)
      const { agent, moltnet: own } = attachment
      attachmentRules(attachment, place, secretEnv)
      accessRules({ network, own }, place.at('moltnet'), report.at('moltnet'))
      const sameAgent = agent?.id && firstAgent(agent.id, place.place)
      if (sameAgent) place.fault(['agent', 'id'], `${agent.id} is the agent of ${sameAgent} already`)
      const source = claimedSource({ network, own }, context)
      const sameSource = source && firstSource(source, place.place)
      if (sameSource) {
        const message = `${sameSource} has this token source too; in open mode each agent needs its own`
        place.fault(['moltnet', tokenKeyOf(own) ?? 'token'], message)
      }
    }
  },
}

/** A bridge's file: its shape and the same rules for its one attachment. */
export const bridgeKind: FileKind<typeof BridgeFile, NodeContext> = {
  schema: BridgeFile,
  rules(file, report) {
    const network = file.moltnet ?? {}
    const { moltnet: _network, ...attachment } = file
    attachmentRules(attachment, report, tokenEnvNamesOf([network]))
    accessRules({ network }, report.at('moltnet'), report.at('moltnet'))
    staticTokenRule(network, report.at('moltnet'))
  },
}

/** Variables that hold tokens, from every token source of a file. */
export function tokenEnvNamesOf(sources: readonly (TokenKeys | undefined)[]): Set<string> {
  return new Set(sources.flatMap((source) => source?.token_env ?? []))
}

function attachmentRules(file: Attachment, report: Report, secretEnv: ReadonlySet<string>): void {
  bindingRules(file, report)
  approvalUses(file, report)
  runtimeRules(file.runtime, report.at('runtime'), secretEnv)
  if (file.turn_timeout !== undefined && parseDuration(file.turn_timeout) > TURN_TIMEOUT_MAX_MS) {
    report.fault(['turn_timeout'], 'must be at most 24h')
  }
  if (file.guards) chainRule(file.guards, report.at('guards'))
  if (file.guards !== undefined) report.uses('guards', ['guards'])
}

/** In open mode every agent has a token of its own, so one for all must be a static token of the server. */
function sharedTokenRules(network: Network, report: Report): void {
  const key = tokenKeyOf(network)
  if (key === undefined) return
  staticTokenRule(network, report)
  if (network.auth_mode === 'open' && network.static_token !== true) {
    report.fault(
      [key],
      'all agents share this token source, which auth_mode open allows only with static_token: true; give each attachment a token_path of its own instead',
      'key',
    )
  }
}

function staticTokenRule(network: Network, report: Report): void {
  if (network.static_token === true && network.token !== undefined && isAgentToken(network.token)) {
    report.fault(
      ['token'],
      'is the token of one agent; with static_token it must be a static token of the server',
    )
  }
}

/** The two places of a token source: the node's, and the attachment's own. */
interface TokenPlaces {
  network: Network
  own?: Salvaged<TokenKeys>
}

/** A mode that needs a token must have a source; one that sends none says so. */
function accessRules({ network, own }: TokenPlaces, report: Report, shared: Report): void {
  if (isTokenMisshapen(report) || isTokenMisshapen(shared) || shared.isMisshapen('auth_mode')) return
  const key = tokenKeyOf(own) ?? tokenKeyOf(network)
  const mode = authModeOf(network, own)
  if (mode === 'bearer' && key === undefined) {
    report.fault(['token'], 'auth_mode bearer needs token, token_env or token_path')
  }
  if (mode === 'open' && key === undefined) {
    report.fault(
      ['token_path'],
      'auth_mode open needs a token_path, where the token that the agent claims is kept',
    )
  }
  if (mode === 'none' && key !== undefined) report.warn([], 'the token is not sent because auth_mode is none')
}

/** The source that an attachment of an open network has for itself alone: no other agent may have it. */
function claimedSource({ network, own }: TokenPlaces, { dir, env }: NodeContext): string | undefined {
  const key = tokenKeyOf(own)
  if (network.auth_mode !== 'open' || network.static_token === true || key === undefined) return undefined
  const value = own?.[key] ?? ''
  return `${key} ${key === 'token_path' ? resolvePath(value, dir, env) : value}`
}
