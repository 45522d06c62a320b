import { describe, expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { wakeTransition } from '../../packages/server/src/eventlog/wake-machine.ts'
import { checkDocs } from '../../scripts/check-docs.ts'
import { formatFault } from '../../scripts/lib/fault.ts'
import { REPOSITORY } from '../../scripts/lib/files.ts'
import { configKeys } from '../../scripts/reference/config-keys.ts'
import { documentedConstants } from '../../scripts/reference/doc-comments.ts'
import type { JsonSchema } from '../../scripts/reference/json-schema.ts'
import { expectedText, withParts } from '../../scripts/reference/output.ts'
import { referenceOutputs } from '../../scripts/reference/outputs.ts'
import { table } from '../../scripts/reference/table.ts'
import { allowedWords, typeWords } from '../../scripts/reference/value-words.ts'
import { attemptTable, transitionTable } from '../../scripts/reference/wake-table.ts'
import { plantTree } from './temp-tree.ts'

const marked = (name: string, inside: string) =>
  `<!-- generated: ${name} -->\n${inside}<!-- /generated: ${name} -->\n`

describe('a page', () => {
  test('keeps what people wrote around its generated parts', () => {
    const page = `# Title\n\n${marked('a', 'old\n')}\nProse.\n\n${marked('b', '')}`
    expect(withParts(page, { a: 'new', b: '| x |' })).toBe(
      `# Title\n\n${marked('a', '\nnew\n\n')}\nProse.\n\n${marked('b', '\n| x |\n\n')}`,
    )
  })

  test('is the same when it is written again', () => {
    const once = withParts(marked('a', ''), { a: 'text\n' })
    expect(withParts(once, { a: 'text\n' })).toBe(once)
  })

  const BROKEN: [name: string, page: string, message: string][] = [
    ['without the part', 'nothing', 'has no line <!-- generated: a -->'],
    ['with the part twice', marked('a', '').repeat(2), 'has the line <!-- generated: a --> twice'],
    ['with a part that never ends', '<!-- generated: a -->\n', 'has no line <!-- /generated: a -->'],
    ['with a part nobody makes', marked('a', '') + marked('z', ''), 'nothing generates the part z'],
  ]
  for (const [name, page, message] of BROKEN) {
    test(`${name} is refused`, () => expect(() => withParts(page, { a: 'text' })).toThrow(message))
  }
})

describe('the keys of a file', () => {
  const limit: JsonSchema = {
    type: 'object',
    properties: {
      most: { type: 'integer', minimum: 1, maximum: Number.MAX_SAFE_INTEGER, description: 'Most.' },
      unit: { type: 'string', enum: ['s', 'm'], default: 's', description: 'Unit.' },
    },
    required: ['most'],
  }
  const schema: JsonSchema = {
    type: 'object',
    properties: {
      version: { type: 'string', const: 'v1', description: 'Version.' },
      limits: {
        type: 'object',
        default: {},
        description: 'Limits.',
        properties: {
          first: { ...limit, description: 'First.' },
          second: { ...limit, description: 'Second.' },
        },
      },
      things: {
        type: 'array',
        default: [],
        description: 'Things.',
        items: {
          oneOf: [
            {
              type: 'object',
              properties: { kind: { type: 'string', const: 'a' }, x: { type: 'boolean', description: 'X.' } },
            },
            { type: 'object', properties: { kind: { type: 'string', const: 'b' } } },
          ],
        },
      },
    },
  }

  test('are all there, groups below headings, a group that comes again as a link', () => {
    const text = configKeys({ name: 'File', schema }, new Map())
    for (const row of [
      '| `version` | text | – | `v1` | Version. |',
      '| `things` | list of objects | empty | `a`, `b` | Things. |',
      '### File: `limits`',
      '| `first.most` | number | required | from 1 | Most. |',
      '| `first.unit` | text | `s` | `s`, `m` | Unit. |',
      '| `second` | object | – | – | Second. The keys are those of [File: `limits.first`](#file-limits). |',
      '#### File: `things[]` of kind `a`',
      '| `x` | boolean | – | – | X. |',
    ]) {
      expect(text).toContain(row)
    }
    expect(text).not.toContain('second.most')
  })

  test('must all have a description', () => {
    const silent = { type: 'object', properties: { key: { type: 'string' } } }
    expect(() => configKeys({ name: 'File', schema: silent }, new Map())).toThrow('key has no description')
  })

  test('are those of every schema of the config package', async () => {
    const outputs = await referenceOutputs()
    const page = outputs
      .flatMap((output) => ('parts' in output ? Object.values(output.parts) : []))
      .join('\n')
    const { configSchema } = await import('@moltnet/config')
    const leaves = (schema: JsonSchema): string[] =>
      Object.entries(schema.properties ?? {}).flatMap(([key, value]) => [key, ...leavesOf(value)])
    const leavesOf = (schema: JsonSchema): string[] =>
      [schema, schema.items, ...(schema.anyOf ?? []), ...(schema.oneOf ?? [])].flatMap((one) =>
        one === undefined ? [] : one === schema ? leaves(one) : leavesOf(one),
      )
    const keys = new Set(
      (['server', 'node', 'bridge', 'client'] as const).flatMap((kind) => leaves(configSchema(kind))),
    )
    expect(keys.size).toBeGreaterThan(100)
    expect(
      [...keys].filter((key) => !new RegExp(`^\\| \`(?:[\\w.]+\\.)?${key}\` \\|`, 'm').test(page)),
    ).toEqual([])
  })
})

test('values are described by type, range, choice or example', () => {
  const described = (schema: JsonSchema) => [typeWords(schema), allowedWords(schema)]
  expect(described({ type: 'integer', minimum: 1, maximum: 9 })).toEqual(['number', '1 to 9'])
  expect(described({ anyOf: [{ const: 'off' }, { type: 'integer', minimum: 2 }] })).toEqual([
    '`off` or number',
    'from 2',
  ])
  expect(described({ type: 'array', items: { type: 'string', examples: ['x'] } })).toEqual([
    'list of texts',
    'such as `x`',
  ])
  expect(described({ type: 'object', additionalProperties: { type: 'string' } })).toEqual([
    'map of texts',
    '',
  ])
  expect(() => typeWords({ type: 'string', pattern: '^new$' })).toThrow('no words for the pattern ^new$')
})

test('a cell neither ends early nor begins a tag', () => {
  expect(table(['a|b'], [['room:<id> `x<y`\n  next']])).toBe('| a\\|b |\n| --- |\n| room:\\<id> `x<y` next |')
})

test('doc comments are read with their constants', () => {
  const source = `
/** Bounds of things. */
export const BOUNDS = {
  /**
   * Most things, in bytes; more than
   * {@link OTHER} is refused.
   */
  most: 1_024,
  bare: 2,
} as const

export const SILENT = { a: 1 } as const
`
  expect(documentedConstants(source)).toEqual([
    {
      name: 'BOUNDS',
      comment: 'Bounds of things.',
      keys: new Map([
        ['most', 'Most things, in bytes; more than `OTHER` is refused.'],
        ['bare', ''],
      ]),
    },
  ])
})

describe('the HTTP page', () => {
  const partsOf = async (path: string): Promise<Readonly<Record<string, string>>> => {
    const output = (await referenceOutputs()).find((one) => one.path === path)
    return output !== undefined && 'parts' in output ? output.parts : {}
  }

  test('has a row for every operation, with who may call it and what it answers', async () => {
    const { routes = '' } = await partsOf('docs/reference/http.md')
    const { openApiDocument } = await import('../../packages/server/src/http/openapi/document.ts')
    const { paths } = openApiDocument('1.0.0') as { paths: Record<string, object> }
    for (const [path, methods] of Object.entries(paths)) {
      for (const method of Object.keys(methods))
        expect(routes).toContain(`| \`${method.toUpperCase()} ${path}\` |`)
    }
    const row = routes.split('\n').find((line) => line.startsWith('| `POST /v1/rooms` |'))
    expect(row).toMatch(
      /\| admin \| \[CreateRoom\]\(#createroom\) \| 201 \[Room\]\(#room\) \| 400, 401, 409,/,
    )
  })

  test('says once what every route may refuse with', async () => {
    const { routes = '' } = await partsOf('docs/reference/http.md')
    const [, statuses = ''] = /^Every route may also refuse with (.+)\.$/m.exec(routes) ?? []
    expect(statuses.split(', ')).toContain('500')
    const cells = routes.split('\n').map((line) => line.split(' | ').at(-1) ?? '')
    expect(cells.filter((cell) => cell.includes('500'))).toEqual([
      `Every route may also refuse with ${statuses}.`,
    ])
  })

  test('tells the objects of a union apart, and links those that have a section', async () => {
    const { objects = '' } = await partsOf('docs/reference/http.md')
    expect(objects).toContain('| `thread` | `room_id` (id), `thread_id` (id) | `parent_message_id` (id) |')
    expect(objects).toContain('| `message.created` | `message` ([Message](#message)) | – |')
    const sections = new Set(
      [...objects.matchAll(/^### (\w+)$/gm)].map(([, name = '']) => `#${name.toLowerCase()}`),
    )
    const links = [...objects.matchAll(/\]\((#\w+)\)/g)].map(([, anchor = '']) => anchor)
    expect(links.filter((anchor) => !sections.has(anchor))).toEqual([])
  })
})

describe('the tables of a wake', () => {
  test('say what the machine does', () => {
    const lines = transitionTable(wakeTransition).split('\n')
    expect(lines).toContain('| NACK |  |  | `backoff` or `dead` |  |  |  |  |  |')
    expect(lines).toContain('| ACK | `done` | `done` | `done` | `done` |  |  |  |  |')
    expect(attemptTable(wakeTransition)).toContain('| the connection is lost during a turn | yes |')
  })

  test('change when the machine does', () => {
    const machine: typeof wakeTransition = (status, event, policy) =>
      event.type === 'due' ? { ...status, state: 'dead' } : wakeTransition(status, event, policy)
    expect(transitionTable(machine)).not.toBe(transitionTable(wakeTransition))
    const harsh: typeof wakeTransition = (status, event, policy) =>
      event.type === 'server_lost' ? { ...status, attempts: 9 } : wakeTransition(status, event, policy)
    expect(attemptTable(harsh)).toContain('| the server stops, also during a turn | yes |')
  })
})

describe('check-docs', () => {
  // The pages name scripts of the repository.
  const manifest = readFileSync(join(REPOSITORY, 'package.json'), 'utf8')

  /** The reference as it is generated now, in a tree of its own. */
  async function planted(change: (path: string, text: string) => string): Promise<string[]> {
    const outputs = await referenceOutputs()
    const texts = await Promise.all(outputs.map((output) => expectedText(REPOSITORY, output)))
    const files = outputs.map(({ path }, index) => [path, change(path, texts[index] ?? '')] as const)
    await using tree = await plantTree({ 'package.json': manifest, ...Object.fromEntries(files) })
    // Links lead to files that are not planted; this is about the reference.
    return (await checkDocs(tree.root)).map(formatFault).filter((fault) => !fault.includes('link'))
  }

  test('passes a reference that matches the code', async () => {
    expect(await planted((_path, text) => text)).toEqual([])
  })

  test('names a page and a schema that do not match, and the command that mends them', async () => {
    const faults = await planted((path, text) =>
      path.endsWith('errors.md')
        ? text.replace('| 404 |', '| 410 |')
        : path.endsWith('node.schema.json')
          ? text.replace('draft-07', 'draft-04')
          : text,
    )
    expect(faults).toHaveLength(2)
    for (const fault of faults)
      expect(fault).toEndWith(': does not match the code any more: run npm run docs:reference')
    expect(faults.join('\n')).toMatch(/node\.schema\.json:2:[^]*errors\.md:\d+:/)
  })

  test('reports what the index does not link', async () => {
    await using tree = await plantTree({
      'package.json': '{}',
      'docs/README.md': '[a](guides/a.md) [adr](adr/README.md)',
      'docs/guides/a.md': '# A',
      'docs/guides/b.md': '# B',
      'docs/adr/README.md': '[one](0001-one.md)',
      'docs/adr/0001-one.md': '# One\n\nStatus: accepted',
    })
    expect((await checkDocs(tree.root)).map(formatFault)).toEqual([
      'docs/README.md: does not link docs/guides/b.md',
    ])
  })
})
