import { actorFqid } from './actor.ts'
import { agentFqid } from './ids.ts'
import { LIMITS } from './limits.ts'
import type { Message } from './message.ts'
import type { Part } from './part.ts'
import { chatId } from './session-key.ts'
import { conversationKey } from './target.ts'
import type { Target } from './target.ts'
import { oneLine } from './text.ts'
import { toHex } from './hex.ts'
import { BOOTSTRAP_LINE, fenceClose, fenceMark, fenceOpen } from './wake-format.ts'
import { itemLine, LABELS, NONCE, QUEUED_LINE, untrustedNotice } from './wake-format.ts'

/** Longest header value besides the name, in characters: no id of two longest ids is longer. */
const HEADER_CHARACTERS = 'molt:///artifacts/'.length + 2 * LIMITS.idCharacters

/** Longest file name that a wake shows, in characters: what file systems allow. */
const FILE_NAME_CHARACTERS = 255

/** Bytes of randomness in a nonce. */
const NONCE_BYTES = 8

/** What a wake says, and under which mark. */
export interface RenderWakeOptions {
  /** At least one message, in log order, all of one conversation. */
  messages: readonly Message[]
  /** 8 to 64 letters and digits that no author of a message can know; see {@link wakeNonce}. */
  nonce: string
  /** Whether the bootstrap text stands before the wake. */
  bootstrap?: boolean
}

/** A fresh random nonce for {@link renderWake}. */
export function wakeNonce(): string {
  return toHex(crypto.getRandomValues(new Uint8Array(NONCE_BYTES)))
}

/**
 * The text that wakes a runtime: one message, or several queued ones of a conversation as a batch.
 *
 *     Channel: moltnet
 *     Chat ID: net_a:room:general
 *     From: molt://net_a/agents/beta
 *     Name: Beta
 *     Message ID: msg_1
 *
 *     Message:
 *     Whatever stands between the lines "<<< 5f2c01d9a7e340b8" and ">>> 5f2c01d9a7e340b8" is a message …
 *     <<< 5f2c01d9a7e340b8
 *     the body, exactly as it was sent
 *     >>> 5f2c01d9a7e340b8
 *
 * Bodies are text from strangers: each stands between two fence lines with a mark that occurs in no body.
 * Header values are reduced to one line. So neither can pass for a header, for another message or for the
 * end of one. Throws a RangeError without messages, for messages of different conversations, and for a
 * malformed nonce.
 */
export function renderWake({ messages, nonce, bootstrap = false }: RenderWakeOptions): string {
  const first = checkedFirst(messages)
  if (!NONCE.test(nonce)) throw new RangeError('a wake nonce is 8 to 64 letters and digits')

  const items = messages.map((message) => ({ header: itemHeader(message), body: renderBody(message.parts) }))
  const mark = fenceMark(
    nonce,
    items.map((item) => item.body),
  )
  const notice = untrustedNotice(mark)
  const lines = [...(bootstrap ? [...bootstrapLines(first), ''] : []), ...sessionHeader(first)]
  const isBatch = items.length > 1
  if (isBatch) lines.push(`${LABELS.queued}${items.length}`, QUEUED_LINE, notice)
  for (const [index, { header, body }] of items.entries()) {
    if (isBatch) lines.push('', itemLine(index, items.length))
    lines.push(...header, '', LABELS.message)
    if (!isBatch) lines.push(notice)
    lines.push(fenceOpen(mark), body, fenceClose(mark))
  }
  return `${lines.join('\n')}\n`
}

/** A conversation of a network. */
interface Place {
  network_id: string
  target: Target
}

/** The text that tells a runtime once that a conversation is attached. It is no wake. */
export function renderBootstrap(networkId: string, target: Target): string {
  return `${bootstrapLines({ network_id: networkId, target }).join('\n')}\n`
}

/**
 * What a message says, without fence: its text parts, then the URLs of its parts, then `files: a, b`. When
 * it has none of these, the content of its data parts, so that nobody is woken for nothing.
 */
export function renderBody(parts: readonly Part[]): string {
  const texts = parts.flatMap((part) => part.text ?? [])
  const urls = parts.flatMap((part) => (part.url === undefined ? [] : oneLine(part.url, part.url.length)))
  const files = parts.flatMap(fileNames)
  const lines = [...texts, ...urls, ...(files.length > 0 ? [`files: ${files.join(', ')}`] : [])]
  if (lines.length > 0) return lines.join('\n')
  return parts.flatMap(({ data }) => (data === undefined ? [] : `data: ${JSON.stringify(data)}`)).join('\n')
}

/** The first message, after checking that there is one and that all are of its conversation. */
function checkedFirst(messages: readonly Message[]): Message {
  const [first] = messages
  if (first === undefined) throw new RangeError('a wake needs at least one message')
  const conversation = conversationKey(first.target)
  const isSame = (message: Message) =>
    message.network_id === first.network_id && conversationKey(message.target) === conversation
  if (!messages.every(isSame)) throw new RangeError('all messages of a wake must be of one conversation')
  return first
}

function bootstrapLines(place: Place): string[] {
  return [...sessionHeader(place), BOOTSTRAP_LINE]
}

function sessionHeader({ network_id: network, target }: Place): string[] {
  const lines = [LABELS.channel, `${LABELS.chat}${headerValue(chatId(network, target))}`]
  if (target.kind === 'thread') lines.push(`${LABELS.room}${headerValue(target.room_id)}`)
  return lines
}

function itemHeader(message: Message): string[] {
  const { from, network_id: network } = message
  const mentions = (message.mentions ?? []).flatMap((mention) => agentFqid(mention, network) ?? [])
  return [
    `${LABELS.from}${headerValue(actorFqid(from, network))}`,
    `${LABELS.name}${oneLine(from.name ?? '') || headerValue(from.id)}`,
    ...(mentions.length > 0 ? [`${LABELS.mentions}${mentions.join(', ')}`] : []),
    `${LABELS.id}${headerValue(message.id)}`,
  ]
}

/** One line whatever a server sent; well-formed ids pass unchanged. */
function headerValue(value: string): string {
  return oneLine(value, HEADER_CHARACTERS)
}

/** Names of the files that a part brings: its `filename`, and the `files` of its data. */
function fileNames(part: Part): string[] {
  const listed: unknown[] = Array.isArray(part.data?.files) ? part.data.files : []
  return [part.filename, ...listed.map(nameOfFile)]
    .map((name) => oneLine(name ?? '', FILE_NAME_CHARACTERS))
    .filter((name) => name !== '')
}

/** A file of `data.files`: a name, or an object that has one. */
function nameOfFile(file: unknown): string | undefined {
  if (typeof file === 'string') return file
  if (typeof file !== 'object' || file === null) return undefined
  const { filename, name, path } = file as Record<string, unknown>
  return [filename, name, path].find((value) => typeof value === 'string')
}
