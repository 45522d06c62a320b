/** Behaves like `claude -p … --output-format json` of Claude Code 2.1. */
import { appendFileSync, existsSync, mkdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { die, finish, note, readPrompt, tellVersion, think } from './fake-model.ts'

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i

const args = process.argv.slice(2)
tellVersion(args, '--version', '2.1.3 (Claude Code)')
const { values } = parseArgs({
  args,
  strict: true,
  options: {
    print: { type: 'boolean', short: 'p' },
    'session-id': { type: 'string' },
    resume: { type: 'string' },
    'output-format': { type: 'string' },
    allowedTools: { type: 'string', multiple: true },
    model: { type: 'string' },
    verbose: { type: 'boolean' },
  },
})
const prompt = await readPrompt(args)
const { 'session-id': fresh, resume } = values
if (fresh !== undefined && resume !== undefined)
  die('--session-id with --continue or --resume also needs --fork-session')
if (fresh !== undefined && !UUID.test(fresh)) die('Error: Invalid session ID. Must be a valid UUID.')
if (resume !== undefined && !UUID.test(resume)) die('--resume requires a valid session ID or session title')
if (prompt.trim() === '') die('Error: Input contained only whitespace')

const folder = join(process.env.HOME ?? '', '.claude', 'projects', 'fake')
mkdirSync(folder, { recursive: true })
const id = fresh ?? resume ?? crypto.randomUUID()
const transcript = join(folder, `${id}.jsonl`)
if (fresh !== undefined && existsSync(transcript)) die(`Error: Session ID ${id} is already in use.`)
// Claude makes the file before it has a conversation to write into it.
const isConversation = existsSync(transcript) && statSync(transcript).size > 0
if (resume !== undefined && !isConversation) die(`No conversation found with session ID: ${id}`)

appendFileSync(transcript, `${JSON.stringify({ role: 'user', content: prompt })}\n`)
note('session', { id, how: fresh === undefined ? 'resumed' : 'begun' })
const { say, fail, run } = await think(prompt)
const denials: { tool_name: string; tool_use_id: string; tool_input: unknown }[] = []
if (run !== undefined) {
  const allowed = values.allowedTools?.some(
    (tool) => tool === 'Bash(moltnet *)' && run.startsWith('moltnet '),
  )
  if (allowed) note('ran', { output: Bun.spawnSync(['sh', '-c', run]).stdout.toString() })
  else denials.push({ tool_name: 'Bash', tool_use_id: 'toolu_1', tool_input: { command: run } })
}
if (!fail) appendFileSync(transcript, `${JSON.stringify({ role: 'assistant', content: say })}\n`)
const result = {
  type: 'result',
  subtype: 'success',
  is_error: fail,
  num_turns: 1,
  result: fail ? 'API Error: 400 the model refused' : say,
  session_id: id,
  stop_reason: fail ? null : 'end_turn',
  terminal_reason: fail ? 'api_error' : 'completed',
  api_error_status: fail ? 400 : null,
  permission_denials: denials,
}
process.stdout.write(
  `${prompt.includes('@flood') ? '\n' : ''}${JSON.stringify(values.verbose ? [result] : result)}\n`,
)
finish(fail ? 1 : 0)
