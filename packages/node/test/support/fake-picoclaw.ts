/**
 * PicoClaw's command line as read in 0.2.9: `agent -m <text> -s <key>`, sessions as JSON lines in the
 * workspace, the answer behind a logo.
 *
 *   @message:{"content":…}   calls the tool `message` with these arguments
 */
import { appendFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { die, finish, note, tellVersion, think } from './fake-model.ts'

tellVersion(process.argv.slice(2), 'version', '🦞 picoclaw 0.2.9')
const { values, positionals } = parseArgs({
  args: process.argv.slice(2),
  allowPositionals: true,
  options: {
    message: { type: 'string', short: 'm' },
    session: { type: 'string', short: 's', default: 'cli:default' },
    model: { type: 'string' },
  },
})
const { message: prompt, session } = values
if (positionals[0] !== 'agent' || prompt === undefined) die('this fake only knows agent -m')
note('prompt', { args: process.argv.slice(2), prompt, cwd: process.cwd(), env: { ...process.env } })

const config = JSON.parse(readFileSync(process.env.PICOCLAW_CONFIG ?? '', 'utf8')) as {
  agents: { defaults: { workspace: string } }
}
const folder = join(config.agents.defaults.workspace, 'sessions')
mkdirSync(folder, { recursive: true })
const path = join(folder, `${session.replaceAll(':', '_')}.jsonl`)
note('session', { id: session, how: existsSync(path) ? 'resumed' : 'begun' })
const append = (line: object) => appendFileSync(path, `${JSON.stringify(line)}\n`)

append({ role: 'user', content: prompt })
const said = await think(prompt)
if (said.fail) die('Error: error processing message: LLM call failed: the model refused')
const calls = [...prompt.matchAll(/@message:(\{[^\n]*\})/g)].map((match) => match[1])
for (const [index, args] of calls.entries()) {
  const call = { id: `call_${index}`, type: 'function', function: { name: 'message', arguments: args } }
  append({ role: 'assistant', content: '', tool_calls: [call] })
  append({ role: 'tool', content: 'Message sent', tool_call_id: `call_${index}` })
}
append({ role: 'assistant', content: said.say })
process.stdout.write(`\n🦞 ${said.say}\n`)
finish(0)
