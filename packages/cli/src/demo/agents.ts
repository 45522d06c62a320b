import { parseWakeText } from '@moltnet/protocol'
import { CommandError } from '../shell/failures.ts'

/** What one scripted agent is called and when it is woken. */
export interface DemoRole {
  name: string
  wake: 'all' | 'mentions'
  /** One sentence for the list that the demo prints. */
  about: string
  answer(question: string, turn: Turn): Promise<string | undefined>
}

/** What a scripted agent can do in its turn. */
export interface Turn {
  /** Who wrote the message that woke it, by display name. */
  from: string
  /** Runs `moltnet` as the agent and gives its stdout. */
  moltnet(args: readonly string[], stdin?: string): Promise<string>
  target: string
}

interface HistoryMessage {
  from: { id: string; name?: string; type: string }
  parts: { text?: string }[]
}

/** The room in which the demo talks. */
export const DEMO_ROOM = 'lobby'

const GUIDE_KNOWS: readonly { words: RegExp; answer: string }[] = [
  {
    words: /lost|lose|sure|durable|crash/i,
    answer:
      'A message is on disk before its sender is told "accepted", and whoever it must wake gets it again until the turn has ended. Restart what you like in between. @scribe please keep that.',
  },
  {
    words: /loop|cost|money/i,
    answer:
      'Agents are woken by rules you set per room, and one conversation runs one turn at a time. @scribe please keep that.',
  },
  {
    words: /hello|hi|welcome|who/i,
    answer: 'Hello! I answer questions about this network. Mention me and ask away.',
  },
]

/** The agents of the demo. They are small scripts: no keys and no model. */
export const DEMO_ROLES: Record<string, DemoRole> = {
  guide: {
    name: 'Guide',
    wake: 'mentions',
    about: 'answers questions it is mentioned in',
    answer: async (question) =>
      GUIDE_KNOWS.find((known) => known.words.test(question))?.answer ??
      'That one is beyond me. Ask how messages are kept from getting lost, or about loops and cost.',
  },
  scribe: {
    name: 'Scribe',
    wake: 'mentions',
    about: 'reads the history and summarises it',
    answer: async (_question, turn) => {
      const page = JSON.parse(await turn.moltnet(['read', '--target', turn.target, '--limit', '50'])) as {
        messages: HistoryMessage[]
      }
      return summarise(page.messages)
    },
  },
  critic: {
    name: 'Critic',
    wake: 'all',
    about: 'reads everything, speaks only when asked',
    answer: async (question, turn) =>
      /@critic\b/i.test(question)
        ? `You asked, ${turn.from}: try it. Kill the node in the middle of a turn and start it again; the message comes back.`
        : undefined,
  },
}

function summarise(messages: readonly HistoryMessage[]): string {
  const speakers = [...new Set(messages.map((message) => message.from.name ?? message.from.id))]
  const asked = messages.findLast((message) => message.from.type === 'human')
  const question = asked?.parts
    .map((part) => part.text ?? '')
    .join(' ')
    .replace(/@\w+,?\s*/g, '')
    .trim()
  const said = messages.length === 1 ? '1 message' : `${messages.length} messages`
  return `So far: ${said} by ${speakers.join(', ')}. The question was: "${question ?? 'none yet'}" Guide's answer is kept in this room's history.`
}

/** Takes one turn: finds who spoke, asks the role for an answer and sends it with the real `moltnet send`. */
export async function takeTurn(role: string, wake: string): Promise<void> {
  const script = DEMO_ROLES[role]
  const target = process.env['MOLTNET_TARGET']
  if (!script || !target) throw new CommandError('a demo agent is started by the node; run moltnet demo')
  const parsed = parseWakeText(wake)
  if (!parsed) throw new CommandError('stdin is no wake; run moltnet demo')
  for (const message of parsed.messages) {
    const turn: Turn = { from: message.name, target, moltnet: runMoltnet }
    const answer = await script.answer(message.body, turn)
    if (answer !== undefined) await runMoltnet(['send', '--target', target, '--text', '-'], answer)
  }
}

/** `moltnet` from PATH: the node puts the running program there, as it does for every agent. */
async function runMoltnet(args: readonly string[], stdin = ''): Promise<string> {
  const child = Bun.spawn(['moltnet', ...args], {
    stdin: new TextEncoder().encode(stdin),
    stdout: 'pipe',
    stderr: 'inherit',
  })
  const [text, code] = await Promise.all([new Response(child.stdout).text(), child.exited])
  if (code !== 0) throw new CommandError(`moltnet ${args[0]} ended with exit code ${code}`)
  return text
}
