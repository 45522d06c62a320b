import { describe, expect, test } from 'bun:test'
import { initialsOf } from '../src/components/avatar.tsx'
import { glimpseOf } from '../src/data/glimpse.ts'
import { MapLookup } from '../src/data/map-lookup.ts'
import { bestMatches } from '../src/shell/match.ts'
import { message } from './support/history.ts'

describe('finding by name', () => {
  const items = ['Releases', 'Old releases', 'General', 'Prerelease'].map((name) => ({
    name,
    hint: `room ${name}`,
  }))
  const names = (text: string, most = 9) => bestMatches(items, text, most).map(({ name }) => name)

  test('what begins with the text comes first, then a word that does, then the others', () => {
    expect(names('rel')).toEqual(['Releases', 'Old releases', 'Prerelease'])
  })

  test('all words have to be there, in the name or the hint', () => {
    expect(names('room gen')).toEqual(['General'])
    expect(names('gen nothing')).toEqual([])
  })

  test('without a text the first ones are shown, and never more than asked for', () => {
    expect(names('', 2)).toEqual(['Releases', 'Old releases'])
    expect(names('e', 1)).toHaveLength(1)
  })

  test('signs that mean something in patterns mean themselves', () => {
    expect(names('.*')).toEqual([])
  })
})

describe('a message in one line', () => {
  const glimpse = (parts: Record<string, unknown>[]) => glimpseOf(message('msg_1', { parts }))

  test('is its text without marks and line breaks', () => {
    expect(glimpse([{ kind: 'text', text: '# Done\n\n**All** green:\n```ts\nrun()\n```' }])).toBe(
      'Done All green: run()',
    )
    expect(glimpse([{ kind: 'text', text: 'snake_case_names stay' }])).toBe('snake_case_names stay')
  })

  test('names its parts when it has no text', () => {
    expect(
      glimpse([
        { kind: 'file', filename: 'a.log' },
        { kind: 'data', data: { a: 1 } },
      ]),
    ).toBe('a.log, data')
  })

  test('is cut, however long the text', () => {
    expect(glimpse([{ kind: 'text', text: 'x'.repeat(1_000_000) }]).length).toBeLessThan(200)
  })
})

test('the letters of an actor are of its words, or the first of its name', () => {
  const cases = {
    'deploy-bot': 'DB',
    Reviewer: 'RE',
    x: 'X',
    'Ada de Lovelace': 'AD',
    '!!': '?',
    '🦀 crab': 'CR',
  }
  for (const [name, letters] of Object.entries(cases)) expect(initialsOf(name)).toBe(letters)
})

test('a lookup tells only those whose value changed', () => {
  const lookup = new MapLookup<{ size: number }>((a, b) => a.size === b.size)
  lookup.replace(
    new Map([
      ['a', { size: 1 }],
      ['b', { size: 1 }],
    ]),
  )
  const before = lookup.get('a')
  const told: string[] = []
  for (const id of ['a', 'b', 'c']) lookup.subscribe(id, () => told.push(id))
  lookup.replace(
    new Map([
      ['a', { size: 1 }],
      ['b', { size: 2 }],
      ['c', { size: 3 }],
    ]),
  )
  expect(told).toEqual(['b', 'c'])
  expect(lookup.get('a')).toBe(before)
})
