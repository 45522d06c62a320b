import { describe, expect, test } from 'bun:test'
import { checkDocs } from '../../scripts/check-docs.ts'
import { formatFault } from '../../scripts/lib/fault.ts'
import { plantTree } from './temp-tree.ts'

const manifest = JSON.stringify({ scripts: { check: 'x', test: 'x' } })

async function faultsOf(files: Record<string, string>): Promise<string[]> {
  await using tree = await plantTree({ 'package.json': manifest, ...files })
  return (await checkDocs(tree.root)).map(formatFault)
}

const ATTACHMENT = `attachments:
  - agent: { id: reviewer }
    runtime: { kind: command, command: ./answer.sh }
    rooms: [{ id: general, wake: mentions }]`

const CASES: [name: string, text: string, faults: string[]][] = [
  ['a link to a missing file', 'See [x](docs/gone.md).', ['README.md:1: link to nothing: docs/gone.md']],
  ['a link to a missing heading', '# A\n\n[x](#b)', ['README.md:3: README.md has no heading for #b']],
  ['a link out of the repository', '[x](../x.md)', ['README.md:1: link leaves the repository: ../x.md']],
  ['a link to another site', '[x](https://example.org/a)', []],
  ['a link to a heading that exists', '# Getting started: A\n\n[x](#getting-started-a)', []],
  ['a link in a code block', '```sh\necho "[x](gone.md)"\n```', []],
  ['a home folder', 'cd /Users/ada/moltnet', ['README.md:1: path of one machine: /Users/ada/']],
  ['a folder that every system has', 'cat /etc/hosts', []],
  ['an npm script that exists', '```sh\nnpm ci && npm run check\n```', []],
  [
    'a missing npm script',
    '```sh\nnpm ci\nnpm run gone\n```',
    ['README.md:3: no such npm script: npm run gone'],
  ],
  ['a missing npm script in a sentence', 'Run `npm start`.', ['README.md:1: no such npm script: npm start']],
  ['a command that exists', '```sh\nmoltnet init && ./dist/moltnet validate # both files\n```', []],
  ['a subcommand and a flag', '`moltnet skill install --runtime codex`', []],
  ['a missing command', '`moltnet fly`', ['README.md:1: no such command of moltnet: moltnet fly']],
  [
    'a missing flag',
    '```sh\nmoltnet send --target room:a \\\n  --loud\n```',
    ['README.md:3: no such flag --loud: moltnet send --target room:a --loud'],
  ],
  ['a part of a server config', '```yaml\nrooms:\n  - id: general\n    members: [ada]\n```', []],
  ['a part of a node config', `\`\`\`yaml\n${ATTACHMENT}\n\`\`\``, []],
  [
    'an unknown key in a config',
    '# Config\n\n```yaml\nserver:\n  debug: true\n```',
    ['README.md:4: example of a server: server.debug'],
  ],
  ['YAML that is broken', '```yaml\nrooms: [\n```', ['README.md:2: example is no YAML']],
]

describe('check-docs, given', () => {
  for (const [name, text, faults] of CASES) {
    test(name, async () => {
      const found = await faultsOf({ 'README.md': text })
      // Where the words of another package follow, the beginning is what is promised.
      expect(found.map((fault, index) => fault.slice(0, faults[index]?.length))).toEqual(faults)
    })
  }
})

describe('decision records', () => {
  const record = '# A\n\nStatus: accepted'

  test('pass when numbered, dated and listed', async () => {
    const files = { 'docs/adr/0001-a.md': record, 'docs/adr/README.md': '[a](0001-a.md)' }
    expect(await faultsOf(files)).toEqual([])
  })

  test('are reported without index, number or status', async () => {
    expect(await faultsOf({ 'docs/adr/0001-a.md': record })).toEqual([
      'docs/adr/README.md: the index of the decision records is missing',
    ])
    const files = { 'docs/adr/0002-b.md': '# B', 'docs/adr/README.md': '# Records' }
    expect(await faultsOf(files)).toEqual([
      'docs/adr/0002-b.md: number must be 0001',
      'docs/adr/README.md: does not list 0002-b.md',
      'docs/adr/0002-b.md: has no line "Status: …"',
    ])
  })
})

test('a tree without documents is a fault, not a pass', async () => {
  expect(await faultsOf({})).toEqual(['.: no document found: nothing was checked'])
})
