import { describe, expect, test } from 'bun:test'
import { agentHue } from '../src/design/agent-colour.ts'
import { contrast, mixed, THEMES, tokens } from './support/colours.ts'

/** What stands below text somewhere. */
const GROUNDS = ['ground', 'surface', 'raised', 'hover', 'selected', 'code']
const TEXTS = ['ink', 'quiet', 'faint', 'accent', 'ok', 'warn', 'bad', 'held', 'info', 'idle']
const TONES = ['ok', 'warn', 'bad', 'held', 'info', 'accent']

const colours = await tokens()

describe.each(THEMES)('in the %s theme', (theme) => {
  const of = (name: string) => colours.get(name)?.[theme] ?? fail(name)

  test.each(TEXTS)('text in %s is readable on every ground', (text) => {
    for (const ground of GROUNDS) {
      expect(`${ground} ${contrast(of(text), of(ground)) >= 4.5}`).toBe(`${ground} true`)
    }
  })

  test.each(TONES)('text is readable on the soft ground of %s, in its tone and as usual', (tone) => {
    const ground = mixed(of(tone), of('surface'), 0.09)
    for (const text of [tone, 'ink', 'quiet', 'faint']) {
      expect(`${text} ${contrast(of(text), ground) >= 4.5}`).toBe(`${text} true`)
    }
  })

  test('text is readable on what is filled with the accent', () => {
    expect(contrast(of('on-accent'), of('accent-fill'))).toBeGreaterThanOrEqual(4.5)
    expect(contrast(of('on-accent'), of('accent-fill-hover'))).toBeGreaterThanOrEqual(4.5)
  })

  test('edges of things to use, and the ring of the focus, stand out from every ground', () => {
    for (const ground of GROUNDS) {
      expect(contrast(of('edge'), of(ground))).toBeGreaterThanOrEqual(3)
      expect(contrast(of('ring'), of(ground))).toBeGreaterThanOrEqual(3)
    }
  })

  test('every actor is readable in its colour, whatever its hue', () => {
    for (let hue = 0; hue < 360; hue += 3) {
      const ink = of('actor-ink').atHue(hue)
      const soft = of('actor-soft').atHue(hue)
      for (const ground of [...GROUNDS.map(of), soft]) {
        expect(contrast(ink, ground)).toBeGreaterThanOrEqual(4.5)
      }
    }
  })
})

test('an actor keeps its hue, and alike names get different ones', () => {
  expect(agentHue('molt://net/agents/alpha')).toBe(agentHue('molt://net/agents/alpha'))
  const hues = Array.from({ length: 200 }, (_, index) => agentHue(`molt://net/agents/agent-${index}`))
  expect(new Set(hues).size).toBe(20)
  for (const hue of hues) expect(hue % 18).toBe(0)
})

function fail(name: string): never {
  throw new Error(`no colour is called ${name}`)
}
