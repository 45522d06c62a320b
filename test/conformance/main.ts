// npm run test:conformance -- [--url … --network … | --program …] [options]
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { readArgs } from '../../scripts/lib/read-args.ts'
import { GROUPS, type Group } from './check.ts'
import { startProgramServer } from './own/program.ts'
import { MODES } from './own/setup.ts'
import { type Outcome, runConformance } from './run.ts'
import type { Target } from './target.ts'

const USAGE = `usage: npm run test:conformance -- [--group ${GROUPS.join('|')}]…
  --url <base url> --network <id>         a server that runs
    [--mode none|bearer|open] [--registration disabled|token|open] [--public-read]
    [--no-human-ingress] [--no-direct-messages]
    [--token operator=…] and observer, writer, admin, attach, boundAttach, pair, boundPair
  --program <path>                        a program that takes "start <Moltnet file>", in every mode
Without either our own server is checked in every mode, and the suite with servers that are broken.`

/** What the words ask for; throws for one that is not known. */
function valuesOf(args: string[]) {
  return parseArgs({
    args,
    options: {
      url: { type: 'string' },
      program: { type: 'string' },
      network: { type: 'string' },
      mode: { type: 'string', default: 'none' },
      registration: { type: 'string', default: 'disabled' },
      'public-read': { type: 'boolean', default: false },
      'no-human-ingress': { type: 'boolean', default: false },
      'no-direct-messages': { type: 'boolean', default: false },
      group: { type: 'string', multiple: true, default: [...GROUPS] },
      token: { type: 'string', multiple: true, default: [] },
    },
  }).values
}

type Values = ReturnType<typeof valuesOf>

const counts: Record<Outcome['result'], number> = { passed: 0, failed: 0, 'left out': 0 }
const asked = readArgs(USAGE, valuesOf)
try {
  process.exitCode = await main(asked)
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n${USAGE}\n`)
  process.exitCode = 2
}

async function main(values: Values): Promise<number> {
  const groups = values.group.map(groupNamed)
  if (values.program !== undefined) await checkProgram(values.program, groups)
  else if (values.url !== undefined) await check(targetFrom(values), groups)
  else return ownTests()
  process.stdout.write(
    `${counts.passed} passed, ${counts.failed} failed, ${counts['left out']} left out: not for this server\n`,
  )
  return counts.failed === 0 ? 0 : 1
}

async function check(target: Target, groups: readonly Group[]): Promise<void> {
  for await (const outcome of runConformance(target, { groups })) {
    counts[outcome.result]++
    const mark = { passed: 'ok  ', failed: 'FAIL', 'left out': '-   ' }[outcome.result]
    process.stdout.write(`${mark} [${outcome.check.group}] ${outcome.check.name}\n`)
    if (outcome.result === 'failed') process.stdout.write(`       ${outcome.reason}\n`)
  }
}

async function checkProgram(program: string, groups: readonly Group[]): Promise<void> {
  for (const mode of MODES) {
    process.stdout.write(`\n# auth ${mode.name}\n`)
    await using server = await startProgramServer(resolve(program), { ...mode, storage: 'sqlite' })
    await check(server.target, groups)
  }
}

/** Our own server, and the suite itself. */
function ownTests(): Promise<number> {
  const folders = ['test/conformance', 'test/attacks']
  return Bun.spawn([process.execPath, 'test', '--timeout=20000', ...folders], {
    cwd: new URL('../../', import.meta.url).pathname,
    stdio: ['ignore', 'inherit', 'inherit'],
  }).exited
}

function targetFrom(values: Values): Target {
  if (values.url === undefined || values.network === undefined) throw new Error('--url needs --network')
  return {
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
}

function groupNamed(name: string): Group {
  const group = GROUPS.find((candidate) => candidate === name)
  if (group === undefined) throw new Error(`no group "${name}"`)
  return group
}
