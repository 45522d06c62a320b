import { getLogger } from '@logtape/logtape'
import { type AgentRegistration, fqid, MoltnetError, oneLine } from '@moltnet/protocol'
import { settleClaim } from '../domain/claim.ts'
import { agentTokenKey, ANONYMOUS_KEY, type Principal } from '../domain/principal.ts'
import type { AgentRecord, Tx } from '../store/port.ts'
import { idFromName, idSuffix } from './agent-id.ts'
import { ensure, type ServiceDeps } from './deps.ts'
import { wireRegistration } from './wire.ts'

const logger = getLogger(['moltnet', 'agents'])

/** Tries at a free id made from a name; each adds 28 random bits. */
const ID_TRIES = 5

/** A registration as its caller gets it. `token` is set once, in the answer that made it. */
export interface RegistrationResult {
  readonly registration: AgentRegistration
  readonly created: boolean
  readonly token?: string
}

/** Who owns which agent id. */
export interface RegistrationService {
  register(
    principal: Principal,
    request: { agentId?: string; name?: string },
    via: 'http' | 'attach',
  ): Promise<RegistrationResult>
}

interface Claim {
  readonly principal: Principal
  readonly agentId: string
  readonly name: string | undefined
  readonly via: 'http' | 'attach'
}

export function createRegistrationService(deps: ServiceDeps): RegistrationService {
  const { context, store } = deps
  return {
    register(principal, request, via) {
      const { agentId, name } = request
      ensure(context, principal, 'register', { kind: 'registration', agentId, via })
      return store.transact(async (tx) => {
        const id = agentId ?? (await freeId(deps, tx, name))
        return claim(deps, tx, { principal, agentId: id, name, via })
      })
    },
  }
}

async function claim(deps: ServiceDeps, tx: Tx, o: Claim): Promise<RegistrationResult> {
  const { context } = deps
  const { principal, agentId, via } = o
  const existing = await tx.agent(agentId)
  const outcome = settleClaim({ context, principal, agentId, existing, via })
  if (outcome.kind === 'refuse') throw new MoltnetError(outcome.refusal.code, outcome.refusal.reason)
  if (outcome.kind === 'show') {
    return { registration: wireRegistration(existing as AgentRecord, context.networkId), created: false }
  }
  const token = outcome.token ? newAgentToken() : undefined
  const credentialKey = token === undefined ? principal.credentialKey : agentTokenKey(sha256(token))
  const record = recordFor(tx, { existing, claim: o, credentialKey, networkId: context.networkId })
  await tx.putAgent(record)
  if (existing !== undefined) reportTakeOver(existing, record)
  const registration = wireRegistration(record, context.networkId, token)
  return { registration, created: existing === undefined, ...(token !== undefined && { token }) }
}

function recordFor(
  tx: Tx,
  o: { existing: AgentRecord | undefined; claim: Claim; credentialKey: string; networkId: string },
): AgentRecord {
  const now = tx.now()
  if (o.existing !== undefined) return { ...o.existing, credentialKey: o.credentialKey, updatedAt: now }
  return newAgent({
    agentId: o.claim.agentId,
    name: o.claim.name,
    credentialKey: o.credentialKey,
    networkId: o.networkId,
    now,
  })
}

/** A registration that does not exist yet, with a fresh actor uid. */
export function newAgent(o: {
  agentId: string
  name: string | undefined
  credentialKey: string
  networkId: string
  now: string
}): AgentRecord {
  return {
    agentId: o.agentId,
    actorUid: `actor_${crypto.randomUUID()}`,
    actorUri: fqid(o.networkId, 'agents', o.agentId),
    displayName: oneLine(o.name ?? '') || undefined,
    credentialKey: o.credentialKey,
    createdAt: o.now,
    updatedAt: o.now,
  }
}

function reportTakeOver(existing: AgentRecord, record: AgentRecord): void {
  const { agentId } = record
  const before =
    existing.credentialKey === ANONYMOUS_KEY ? 'a registration made without auth' : 'a reset registration'
  logger.info('{agentId}: {before} was taken over by a new credential', { agentId, before })
}

/** An id made from a name that nobody has: not registered, not a member, not attached, not reserved. */
async function freeId({ context, presence }: ServiceDeps, tx: Tx, name: string | undefined): Promise<string> {
  const wanted = idFromName(name)
  const taken = async (id: string): Promise<boolean> =>
    context.reservedAgentIds.has(id) ||
    presence.isConnected(id) ||
    (await tx.agent(id)) !== undefined ||
    (await tx.roomIdsOfAgent(id)).length > 0
  if (!(await taken(wanted))) return wanted
  for (let tries = 0; tries < ID_TRIES; tries++) {
    const id = `${wanted}-${idSuffix()}`
    if (!(await taken(id))) return id
  }
  throw new MoltnetError(
    'conflict',
    'no free id could be made from this name; ask for one with requested_agent_id',
  )
}

function newAgentToken(): string {
  return `magt_v1_${Buffer.from(crypto.getRandomValues(new Uint8Array(32))).toString('base64url')}`
}

function sha256(value: string): string {
  return new Bun.CryptoHasher('sha256').update(value).digest('hex')
}
