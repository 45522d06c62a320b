/** Behaves like any program that is woken by the `command` runtime: the wake on stdin, the answer on stdout. */
import { die, finish, note, readPrompt, think } from './fake-model.ts'

const prompt = await readPrompt(process.argv.slice(2))
// It keeps no sessions of its own: its conversation is named by the target.
note('session', { id: process.env.MOLTNET_TARGET })
const { say, fail } = await think(prompt)
if (fail) die('the model refused')
process.stdout.write(`${say}\n`)
finish(0)
