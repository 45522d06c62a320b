// A stand-in for an agent runtime: `bun recorder.ts <log> <hold>`. It appends the message ids of its wake
// to the log when the turn starts and when it ends, and stays in the turn while the file <hold> exists.
import { appendFileSync, existsSync } from 'node:fs'

const [log, hold] = process.argv.slice(2) as [string, string]
const wake = await Bun.stdin.text()
const ids = [...wake.matchAll(/^Message ID: (\S+)$/gm)].map((match) => match[1])
const target = process.env['MOLTNET_TARGET']
const record = (event: string) => appendFileSync(log, `${JSON.stringify({ event, ids, target })}\n`)
record('start')
while (existsSync(hold)) await Bun.sleep(10)
if (wake.includes('please answer')) {
  const send = Bun.spawn(
    ['moltnet', 'send', '--target', String(target), '--text', `answer of ${process.env['MOLTNET_AGENT_ID']}`],
    {
      stdout: 'ignore',
      stderr: 'inherit',
    },
  )
  if ((await send.exited) !== 0) process.exit(1)
}
record('end')
