import { ANY_NETWORK_ACCESS, skillText } from '@moltnet/protocol'
import { mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { UsageError } from '../shell/failures.ts'

/** Folders of a workspace in which each runtime looks for skills (spec 05, "Skill paths"). */
const SKILL_FOLDERS: Record<string, readonly string[]> = {
  openclaw: ['skills'],
  picoclaw: ['skills'],
  // The second is where the Pi CLI looks.
  pi: ['skills', '.agents/skills'],
  tinyclaw: ['.agents/skills', '.claude/skills'],
  codex: ['.agents/skills', '.codex/skills'],
  'claude-code': ['.claude/skills'],
  acp: ['.agents/skills'],
  command: ['.agents/skills'],
}

/** Runtimes that `moltnet skill install` knows. */
export const SKILL_RUNTIMES: readonly string[] = Object.keys(SKILL_FOLDERS)

/** Longest wait for the server's own skill document, in milliseconds. */
const SERVER_SKILL_MS = 2_000

/** The skill that teaches an agent the commands when no server can be asked. */
export const BUNDLED_SKILL: string = skillText(ANY_NETWORK_ACCESS)

/** Writes the skill into the workspace and gives the paths; an older copy is replaced whole. */
export async function installSkill(o: {
  runtime: string
  workspace: string
  text?: string
}): Promise<string[]> {
  const folders = SKILL_FOLDERS[o.runtime]
  if (!folders)
    throw new UsageError(
      `no skill folder is known for runtime ${o.runtime}; use one of ${SKILL_RUNTIMES.join(', ')}`,
    )
  const paths: string[] = []
  for (const folder of folders) {
    const path = join(o.workspace, folder, 'moltnet', 'SKILL.md')
    await mkdir(dirname(path), { recursive: true })
    const draft = `${path}.${process.pid}.tmp`
    try {
      await writeFile(draft, o.text ?? BUNDLED_SKILL, { flag: 'wx', mode: 0o644 })
      await rename(draft, path)
    } finally {
      await rm(draft, { force: true })
    }
    paths.push(path)
  }
  return paths
}

/**
 * The skill document of a server, which names only commands that work there; undefined when it does not
 * answer within 2 s with a document of that name.
 */
export async function fetchServerSkill(
  baseUrl: string,
  token: string | undefined,
): Promise<string | undefined> {
  try {
    const answer = await fetch(`${baseUrl}/skill.md`, {
      headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
      redirect: 'manual',
      signal: AbortSignal.timeout(SERVER_SKILL_MS),
    })
    const text = answer.ok ? await answer.text() : ''
    return /^name: moltnet$/m.test(text) ? text : undefined
  } catch {
    return undefined // no server, no document: the bundled skill serves
  }
}
