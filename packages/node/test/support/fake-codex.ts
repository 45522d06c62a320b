/** Behaves like `codex exec --json` of Codex 0.169. */
import { appendFileSync, existsSync, mkdirSync, readFileSync, unlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { isRunning } from './temp.ts'
import { die, finish, note, readPrompt, tellVersion, think } from './fake-model.ts'

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i
const WITH_VALUE = new Set(['-s', '--sandbox', '-C', '--add-dir', '-c', '-m', '-o'])
const FLAGS = new Set(['--json', '--skip-git-repo-check', '--dangerously-bypass-approvals-and-sandbox'])
const ON_RESUME = new Set(['--json', '--skip-git-repo-check', '-c', '-m', '-o'])

const args = process.argv.slice(2)
tellVersion(args, '--version', 'codex-cli 0.169.0')
if (args[0] !== 'exec') die(`error: unrecognized subcommand '${args[0]}'`)
const seen: string[] = []
let resume: string | undefined
let inResume = false
let stdin = false
for (let at = 1; at < args.length; at++) {
  const word = args[at] as string
  if (word === '-') stdin = true
  else if (word === 'resume' && !inResume) inResume = true
  else if (word.startsWith('-')) {
    if (!WITH_VALUE.has(word) && !FLAGS.has(word)) die(`error: unexpected argument '${word}' found`)
    if (inResume && !ON_RESUME.has(word)) die(`error: unexpected argument '${word}' found`)
    if (word === '-s' && seen.includes('-s')) die(`error: the argument '-s' cannot be used multiple times`)
    seen.push(word)
    if (WITH_VALUE.has(word)) at += 1
  } else if (inResume && resume === undefined) resume = word
  else die(`error: unexpected argument '${word}' found`)
}
if (!stdin) die('error: a prompt is needed')
const prompt = await readPrompt(args)
if (!seen.includes('--skip-git-repo-check'))
  die('Not inside a trusted directory and --skip-git-repo-check was not specified.')

const emit = (line: unknown) => process.stdout.write(`${JSON.stringify(line)}\n`)
const folder = join(process.env.CODEX_HOME ?? join(process.env.HOME ?? '', '.codex'), 'sessions')
mkdirSync(folder, { recursive: true })
const rollout = (thread: string) => join(folder, `rollout-${thread}.jsonl`)
if (resume !== undefined && UUID.test(resume) && !existsSync(rollout(resume))) {
  die(`Error: thread/resume: thread/resume failed: no rollout found for thread id ${resume} (code -32600)`)
}
const thread = resume !== undefined && UUID.test(resume) ? resume : crypto.randomUUID()
const lock = `${rollout(thread)}.lock`
if (existsSync(lock) && isRunning(Number(readFileSync(lock, 'utf8')))) {
  die(
    `Error: thread/resume: thread/resume failed: thread ${thread} already has an active writer (code -32600)`,
  )
}
writeFileSync(lock, String(process.pid))
process.stderr.write('WARNING: proceeding, even though we could not create PATH aliases\n')
emit({ type: 'thread.started', thread_id: thread })
note('session', { id: thread, how: resume === thread ? 'resumed' : 'begun' })
appendFileSync(rollout(thread), `${JSON.stringify({ role: 'user', content: prompt })}\n`)
emit({
  type: 'item.completed',
  item: { id: 'item_0', type: 'error', message: 'Model metadata for `fake-1` not found.' },
})
emit({ type: 'turn.started' })
const { say, fail, run } = await think(prompt)
if (prompt.includes('@flood')) process.stdout.write('\n')
if (run !== undefined) runCommand(run)
unlinkSync(lock)
if (fail) {
  emit({ type: 'error', message: 'Reconnecting... 1/5 (unexpected status 401 Unauthorized)' })
  emit({ type: 'turn.failed', error: { message: 'the model refused' } })
  finish(1)
}
emit({ type: 'item.completed', item: { id: 'item_1', type: 'agent_message', text: 'working on it' } })
emit({ type: 'item.completed', item: { id: 'item_2', type: 'agent_message', text: say } })
if (prompt.includes('@quiet-end')) finish(0)
emit({ type: 'turn.completed', usage: { input_tokens: 10, output_tokens: 5 } })
finish(0)

/** Runs a shell command; of one with `&` at its end it tells no end, as Codex does of long ones. */
function runCommand(command: string): void {
  const item = { id: 'item_1', type: 'command_execution', command: `/bin/bash -c '${command}'` }
  const running = { ...item, aggregated_output: '', exit_code: null, status: 'in_progress' }
  emit({ type: 'item.started', item: running })
  const { stdout, exitCode } = Bun.spawnSync(['sh', '-c', command])
  const output = stdout.toString()
  note('ran', { output })
  if (command.endsWith('&')) return
  const status = exitCode === 0 ? 'completed' : 'failed'
  emit({
    type: 'item.completed',
    item: { ...item, aggregated_output: output, exit_code: exitCode, status },
  })
}
