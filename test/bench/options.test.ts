import { describe, expect, test } from 'bun:test'
import { parseBenchArgs } from './options.ts'

const KNOWN = ['accepted', 'storm']

describe('the command line of the benchmark', () => {
  test('runs every scenario in five rounds when nothing is said', () => {
    const { scenarios, scale, against } = parseBenchArgs([], KNOWN)
    expect({ scenarios, rounds: scale.rounds, against }).toEqual({
      scenarios: KNOWN,
      rounds: 5,
      against: undefined,
    })
  })

  test('runs what is named, quickly, as often as is asked', () => {
    const { scenarios, scale } = parseBenchArgs(['storm', '--quick', '--rounds', '3'], KNOWN)
    expect({ scenarios, rounds: scale.rounds, quick: scale.quick }).toEqual({
      scenarios: ['storm'],
      rounds: 3,
      quick: true,
    })
  })

  test('says which scenarios there are when one is unknown', () => {
    expect(() => parseBenchArgs(['speed'], KNOWN)).toThrow(
      'no scenario is called speed; there are accepted, storm',
    )
  })

  test('refuses rounds that are no number', () => {
    expect(() => parseBenchArgs(['--rounds', 'many'], KNOWN)).toThrow('--rounds must be a whole number')
  })
})
