import { sameAgent } from '@moltnet/protocol'
import { tokenRuleOf } from '../node/network.ts'
import type { RoomBinding, TokenSource } from '../node/types.ts'
import type { ClientAttachment, ClientConfig } from './types.ts'

/** Which attachment a command is about; what is left out may be anything. */
export interface AttachmentChoice {
  /** `--network` */
  network?: string
  /** `--member`: any of the three notations of an agent. */
  member?: string
}

/** Thrown when it is not clear which attachment a command is about. */
export class AttachmentChoiceError extends Error {
  override readonly name = 'AttachmentChoiceError'
  /** The flag that would settle it; absent when nothing matches the flags that were given. */
  readonly flag: '--network' | '--member' | undefined

  constructor(message: string, flag?: '--network' | '--member') {
    super(message)
    this.flag = flag
  }
}

/**
 * The only attachment, or the only one that matches the choice. Throws an {@link AttachmentChoiceError}
 * that says which flag is needed, or what there is to choose from.
 */
export function chooseAttachment(config: ClientConfig, choice: AttachmentChoice = {}): ClientAttachment {
  const matches = config.attachments.filter((attachment) => matchesChoice(attachment, choice))
  const [only, ...others] = matches
  const list = (attachments: readonly ClientAttachment[]): string =>
    attachments.map((one) => `${one.memberId} on ${one.networkId}`).join(', ')
  if (only === undefined) {
    const wanted = [
      choice.network && `--network ${choice.network}`,
      choice.member && `--member ${choice.member}`,
    ]
    throw new AttachmentChoiceError(
      `no attachment matches ${wanted.filter(Boolean).join(' ')}; there is ${list(config.attachments)} in the client configuration`,
    )
  }
  if (others.length === 0) return only
  const manyNetworks = new Set(matches.map((one) => one.networkId)).size > 1
  const flag = manyNetworks ? '--network' : '--member'
  throw new AttachmentChoiceError(
    `several attachments match (${list(matches)}): say which one with ${flag}`,
    flag,
  )
}

function matchesChoice(attachment: ClientAttachment, { network, member }: AttachmentChoice): boolean {
  if (network !== undefined && attachment.networkId !== network) return false
  return member === undefined || sameAgent(attachment.memberId, member, attachment.networkId)
}

/**
 * A configuration with the attachment in the place of the one with the same network and member, or behind
 * the others. When the new one names no token, the token source that is there stays.
 */
export function mergeAttachment(
  current: ClientConfig | undefined,
  next: ClientAttachment,
  agent: ClientConfig['agent'] = {},
): ClientConfig {
  const attachments = current?.attachments ?? []
  const isSame = (one: ClientAttachment): boolean =>
    one.networkId === next.networkId && one.memberId === next.memberId
  const old = attachments.find(isSame)
  const merged = old && next.token.kind === 'none' ? { ...next, token: ruledBy(next, old.token) } : next
  return {
    agent: { name: agent.name ?? current?.agent.name, runtime: agent.runtime ?? current?.agent.runtime },
    attachments: old ? attachments.map((one) => (isSame(one) ? merged : one)) : [...attachments, merged],
  }
}

/** A token source under the mode of another attachment. */
function ruledBy({ authMode, registration }: ClientAttachment, source: TokenSource): TokenSource {
  return source.kind === 'none' ? source : { ...source, rule: tokenRuleOf(authMode, registration, false) }
}

/** Whether the file says that the agent may not write into the room. */
export function isReadOnly(room: RoomBinding): boolean {
  return room.canWrite === false || room.access?.can_write === false
}
