// npm run test:conformance -- --url http://… --network id [--mode bearer] [--token operator=…]… [--group v1]
import { parseArgs } from 'node:util'
import type { Group } from './check.ts'
import { runConformance } from './run.ts'
import type { Target } from './target.ts'

const USAGE = `usage: npm run test:conformance -- --url <base url> --network <id>
  [--mode none|bearer|open] [--registration disabled|token|open] [--public-read]
  [--no-human-ingress] [--no-direct-messages] [--group v1|beyond]
  [--token operator=… observer=… writer=… admin=… attach=… boundAttach=… pair=…]
Without --url our own server is checked in every mode (bun test test/conformance).`

const { values } = parseArgs({
  options: {
    url: { type: 'string' },
    network: { type: 'string' },
    mode: { type: 'string', default: 'none' },
    registration: { type: 'string', default: 'disabled' },
    'public-read': { type: 'boolean', default: false },
    'no-human-ingress': { type: 'boolean', default: false },
    'no-direct-messages': { type: 'boolean', default: false },
    group: { type: 'string', multiple: true, default: ['v1', 'beyond'] },
    token: { type: 'string', multiple: true, default: [] },
  },
})

if (values.url === undefined || values.network === undefined) {
  process.stderr.write(`${USAGE}\n`)
  process.exit(2)
}
const target: Target = {
  baseUrl: values.url.replace(/\/+$/, ''),
  networkId: values.network,
  mode: values.mode as Target['mode'],
  registration: values.registration as Target['registration'],
  publicRead: values['public-read'],
  humanIngress: !values['no-human-ingress'],
  directMessages: !values['no-direct-messages'],
  credentials: Object.fromEntries(
    values.token.map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]),
  ),
}
const counts = { passed: 0, failed: 0, 'left out': 0 }
for await (const outcome of runConformance(target, { groups: values.group as Group[] })) {
  counts[outcome.result]++
  const mark = { passed: 'ok  ', failed: 'FAIL', 'left out': '-   ' }[outcome.result]
  process.stdout.write(`${mark} [${outcome.check.group}] ${outcome.check.name}\n`)
  if (outcome.result === 'failed') process.stdout.write(`       ${outcome.reason}\n`)
}
process.stdout.write(`${counts.passed} passed, ${counts.failed} failed, ${counts['left out']} skipped\n`)
process.exit(counts.failed === 0 ? 0 : 1)
