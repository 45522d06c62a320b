/** Behaves like `pi -p --session-id …` of Pi 1.5. */
import { appendFileSync, existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { die, finish, note, readPrompt, tellVersion, think } from './fake-model.ts'

const args = process.argv.slice(2)
tellVersion(args, '--version', '1.5.0')
const { values } = parseArgs({
  args,
  strict: true,
  options: {
    print: { type: 'boolean', short: 'p' },
    approve: { type: 'boolean', short: 'a' },
    'no-approve': { type: 'boolean' },
    'session-id': { type: 'string' },
    model: { type: 'string' },
  },
})
if (!values.print) die('Error: no terminal')
const prompt = await readPrompt(args)
const id = values['session-id'] ?? crypto.randomUUID()
if (!/^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?$/.test(id)) die(`Invalid session id '${id}'`)

const folder = join(process.env.HOME ?? '', '.pi', 'agent', 'sessions', process.cwd().replaceAll('/', '-'))
mkdirSync(folder, { recursive: true })
const transcript = join(folder, `${id}.jsonl`)
const known = existsSync(transcript)
if (!known) {
  process.stderr.write(
    `Warning: No project session found with id '${id}'; creating a new session with that id.\n`,
  )
}
note('session', { id, how: known ? 'resumed' : 'begun' })
appendFileSync(transcript, `${JSON.stringify({ role: 'user', content: prompt })}\n`)
const { say, fail } = await think(prompt)
if (fail) die('400: {"type":"invalid_request_error","message":"the model refused"}')
appendFileSync(transcript, `${JSON.stringify({ role: 'assistant', content: say })}\n`)
process.stdout.write(`${say}\n`)
finish(0)
