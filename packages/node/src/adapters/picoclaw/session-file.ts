import { readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import { readJsonFile } from '../../state/files.ts'
import { parseJsonLine } from '../program.ts'

/** The channel by which an agent means this network. */
const CHANNEL = 'moltnet'

const Config = z.object({
  agents: z.object({ defaults: z.object({ workspace: z.string().min(1).optional() }).optional() }).optional(),
})

/** A line of a session: what somebody said, and the tools that the agent called. */
const Line = z.object({
  role: z.string(),
  content: z.string().nullish(),
  tool_calls: z
    .array(z.object({ function: z.object({ name: z.string(), arguments: z.string() }).optional() }))
    .nullish(),
})

const MessageCall = z.object({
  content: z.string(),
  channel: z.string().optional(),
  chat_id: z.string().optional(),
})
export type MessageCall = z.infer<typeof MessageCall>

/** Where PicoClaw keeps its sessions. */
export interface SessionPlace {
  configPath: string
  /** Home folder of PicoClaw. */
  homePath: string | undefined
}

/**
 * What the agent asked to have sent to this network, by its `message` tool, since it was told the text
 * with `marker` in it. The command line itself sends nothing and says nothing of it: the calls stand in
 * the file of the session only. Empty when there is no such file.
 */
export function messageCalls(place: SessionPlace, sessionKey: string, marker: string): MessageCall[] {
  const lines = readLines(join(workspaceOf(place), 'sessions', `${fileName(sessionKey)}.jsonl`))
  const asked = lines.findLastIndex(({ role, content }) => role === 'user' && content?.includes(marker))
  if (asked < 0) return []
  return lines
    .slice(asked + 1)
    .filter(({ role }) => role === 'assistant')
    .flatMap(({ tool_calls }) => tool_calls ?? [])
    .flatMap((call) => {
      if (call.function?.name !== 'message') return []
      const parsed = MessageCall.safeParse(parseJsonLine(call.function.arguments)).data
      return parsed?.channel === CHANNEL && parsed.content.trim() !== '' ? [parsed] : []
    })
}

function readLines(path: string): z.infer<typeof Line>[] {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch {
    return []
  }
  return text.split('\n').flatMap((line) => Line.safeParse(parseJsonLine(line)).data ?? [])
}

function workspaceOf({ configPath, homePath }: SessionPlace): string {
  const home = homePath ?? homedir()
  const workspace = readJsonFile(configPath, Config)?.agents?.defaults?.workspace
  if (workspace === undefined) return join(home, '.picoclaw', 'workspace')
  return workspace.startsWith('~/') ? join(home, workspace.slice(2)) : workspace
}

/** As PicoClaw makes a file name from a session key. */
function fileName(key: string): string {
  return key.replaceAll(/[:/\\]/g, '_')
}
