import { actorFqid, type AgentSummary, type Message, oneLine } from '@moltnet/protocol'

/** Characters of a message that fit into one line of a list. */
const GLIMPSE = 140

/** What Markdown marks texts with, where it stands for nothing else. */
const MARKS = /```\w*|\*\*|^#{1,6} |^> /gm

/** A message in one line: its text, else what its parts are. */
export function glimpseOf({ parts }: Pick<Message, 'parts'>): string {
  const text = parts.flatMap((part) => part.text ?? []).join(' ')
  const line = oneLine(text.slice(0, 4 * GLIMPSE).replace(MARKS, ''), GLIMPSE)
  if (line !== '') return line
  return parts.map((part) => part.filename ?? part.url ?? part.kind).join(', ')
}

/** The shown name of whoever sent a message. */
export function senderName(
  { from, network_id: network }: Message,
  agents: ReadonlyMap<string, AgentSummary>,
): string {
  return from.name ?? agents.get(actorFqid(from, network))?.name ?? from.id
}

/** Who said what last in a conversation, in one line. */
export function lastWords(
  { isLoaded, last }: { isLoaded: boolean; last: Message | undefined },
  agents: ReadonlyMap<string, AgentSummary>,
): string {
  if (last !== undefined) return `${senderName(last, agents)}: ${glimpseOf(last)}`
  return isLoaded ? 'No messages' : '…'
}
