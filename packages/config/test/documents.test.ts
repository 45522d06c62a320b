import { describe, expect, setDefaultTimeout, test } from 'bun:test'
import fc from 'fast-check'
import { readJsonDocument } from '../src/core/json-document.ts'
import { jsonSource, textSource } from '../src/core/source.ts'
import { toValue } from '../src/core/source-tree.ts'

// Thousands of generated cases and files of 20,000 keys, maybe on a machine that has other work to do.
setDefaultTimeout(60_000)

/** `line:column path: message` of each fault of a text. */
async function faults(text: string, file = 'file'): Promise<string[]> {
  const source = await textSource(text, file)
  return source.faults.map(({ line, column, path, message }) => `${line}:${column} ${path}: ${message}`)
}

describe('JSON documents', () => {
  const broken: [name: string, text: string, fault: string][] = [
    ['a trailing comma in an object', '{"a": 1,}', '1:8 : a comma before "}" is not allowed in JSON'],
    ['a trailing comma in a list', '[1,\n2,\n]', '2:2 : a comma before "]" is not allowed in JSON'],
    ['a comment', '{\n  // no\n}', '2:3 : expected a key in double quotes'],
    ['single quotes', "{'a': 1}", '1:2 : expected a key in double quotes'],
    ['a missing colon', '{"a" 1}', '1:6 : expected ":" after the key "a"'],
    ['a missing comma', '{"a": 1 "b": 2}', '1:9 : expected "," or "}"'],
    ['an end too early', '{"a": ', '1:7 : the JSON text ends too early'],
    ['an empty text', '', '1:1 : the JSON text ends too early'],
    ['a bare word', '{"a": yes}', '1:7 : expected a JSON value'],
    ['an open string', '{"a": "x', '1:7 : this string has no closing quote'],
    [
      'a line break in a string',
      '{"a": "x\ny"}',
      '1:9 : a line break or control character in a string must be escaped',
    ],
    ['an unknown escape', '{"a": "\\x"}', '1:7 : this string holds an escape that JSON does not know'],
    ['more after the value', '{} {}', '1:4 : there is more text after the end of the JSON value'],
    ['a leading zero', '{"a": 01}', '1:8 : expected "," or "}"'],
    ['too deep nesting', '['.repeat(70), '1:66 : is nested deeper than 64 levels'],
  ]
  test.each(broken)('refuses %s with its place', async (_name, text, fault) => {
    expect(await faults(text, 'x.json')).toEqual([fault])
  })

  test('reports every key that stands twice and keeps the first', () => {
    const source = jsonSource('{"a": 1,\n "b": {"c": 1, "c": 2},\n "a": 3}', 'x.json')
    expect(source.faults.map((fault) => `${fault.line}:${fault.column} ${fault.path}`)).toEqual([
      '2:16 b.c',
      '3:2 a',
    ])
    expect(source.value).toEqual({ a: 1, b: { c: 1 } })
  })

  test('refuses __proto__ as a key and pollutes nothing', () => {
    const source = jsonSource('{"__proto__": {"polluted": true}, "a": 1}', 'x.json')
    expect(source.faults.map((fault) => fault.message)).toEqual(['is not a key'])
    expect(source.value).toEqual({ a: 1 })
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined()
  })

  test('reads what JSON.parse reads, as the same value', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 6 }), fc.constantFrom(0, 1, 2), (text, indent) => {
        const value: unknown = JSON.parse(text)
        if (text.includes('__proto__')) return
        const document = readJsonDocument(JSON.stringify(value, null, indent))
        expect(toValue(document.root)).toEqual(value)
      }),
    )
  })

  test('refuses whatever JSON.parse refuses', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 3 }), fc.nat(), fc.string({ maxLength: 3 }), (text, at, noise) => {
        const place = at % (text.length + 1)
        const damaged = text.slice(0, place) + noise + text.slice(place)
        const parses = (() => {
          try {
            JSON.parse(damaged)
            return true
          } catch {
            return false
          }
        })()
        expect(readJsonDocument(damaged).broken).toBe(!parses)
      }),
      { numRuns: 2_000 },
    )
  })
})

describe('YAML documents', () => {
  const broken: [name: string, text: string, found: string[]][] = [
    ['a tab as indentation', 'a:\n\tb: 1', ['2:1 : Tabs are not allowed as indentation']],
    ['two documents', 'a: 1\n---\nb: 2', ['2:1 : holds more than one YAML document; only one is allowed']],
    ['a key that stands twice', 'a: 1\nb:\n  c: 1\n  c: 2', ['4:3 b.c: stands twice in the same mapping']],
    ['an unknown tag', 'a: !secret x', ['1:4 : Unresolved tag: !secret']],
    ['an alias without an anchor', 'a: *x', ['1:4 a: no anchor &x stands before this alias']],
    ['an alias inside its anchor', 'a: &x [1, *x]', ['1:11 a[1]: this alias stands inside its own anchor']],
    ['a list as a key', '? [a]\n: 1', ['1:3 : a key must be plain text']],
    [
      'a merge of a plain value',
      'a:\n  <<: 1',
      ['2:3 a["<<"]: only a mapping, or a list of mappings, can be merged'],
    ],
    ['a NUL character', 'a: "x\\0"', ['1:4 a: holds a NUL character']],
    [
      'half a surrogate pair',
      'a: "\\ud800"',
      ['1:4 a: holds half of a surrogate pair, which is no character'],
    ],
    ['an open quote', 'a: "x', ['1:6 : Missing closing "quote']],
    [
      'too deep nesting',
      `${'['.repeat(70)}${']'.repeat(70)}`,
      [`1:66 ${'[0]'.repeat(65)}: is nested deeper than 64 levels`],
    ],
  ]
  test.each(broken)('refuses %s with its place', async (_name, text, found) => {
    expect(await faults(text)).toEqual(found)
  })

  test('refuses a few lines of aliases that stand for a billion values, at once', async () => {
    const lines = ['a0: &a0 [x, x, x, x, x, x, x, x, x, x]']
    for (let level = 1; level < 10; level++) {
      lines.push(`a${level}: &a${level} [${Array.from({ length: 10 }, () => `*a${level - 1}`).join(', ')}]`)
    }
    const started = process.cpuUsage()
    expect(await faults(lines.join('\n'))).toEqual(['6:9 a5: stands for more than 600000 values'])
    expect(process.cpuUsage(started).user).toBeLessThan(2_000_000)
  })

  test('reads 20,000 keys of one mapping without quadratic time', async () => {
    const text = Array.from({ length: 20_000 }, (_, index) => `key${index}: ${index}`).join('\n')
    const started = process.cpuUsage()
    const source = await textSource(text, 'file')
    expect(Object.keys(source.value as object)).toHaveLength(20_000)
    expect(process.cpuUsage(started).user).toBeLessThan(3_000_000)
  })

  test('expands anchors and merges; own keys win, then earlier sources', async () => {
    const text = 'x: &x {a: 1, b: 1}\ny: &y {b: 2, c: 2}\nz:\n  b: 3\n  <<: [*x, *y]\nw: *x'
    const source = await textSource(text, 'file')
    expect(source.faults).toEqual([])
    expect(source.value).toMatchObject({ z: { a: 1, b: 3, c: 2 }, w: { a: 1, b: 1 } })
  })

  test('places a value that came through an alias or a merge where it is written', async () => {
    const source = await textSource('x: &x\n  a: 1\ny:\n  <<: *x\nz: *x', 'file')
    expect(source.locate(['y', 'a'])).toEqual({ file: 'file', line: 2, column: 6 })
    expect(source.locate(['z', 'a'], 'key')).toEqual({ file: 'file', line: 2, column: 3 })
  })

  test('counts lines with CRLF and columns after wide characters', async () => {
    const source = await textSource('a: 1\r\n"é": {b: "ü", c: 2}\r\n', 'file')
    expect(source.locate(['é', 'c'])).toEqual({ file: 'file', line: 2, column: 18 })
  })

  test('never quotes a line of the file in a syntax fault', async () => {
    const found = await faults('token: "super-secret\nother: 1')
    expect(found.join()).not.toContain('super-secret')
    expect(found.length).toBeGreaterThan(0)
  })

  test('never throws, whatever the text', async () => {
    const alphabet = fc.constantFrom(...'ab01:-[]{}&*!|>%@`"\'#,?\n\t \\<.~'.split(''))
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: alphabet, maxLength: 60 }), async (text) => {
        const source = await textSource(text, 'file')
        for (const fault of source.faults) expect(fault.line).toBeGreaterThan(0)
      }),
      { numRuns: 1_500 },
    )
  })
})
