import fc from 'fast-check'
import { type ApiDocument, refName, type Schema } from './document.ts'

/** Ids that requests use again and again, so that what one makes another one finds. */
const KNOWN = [
  'general',
  'open',
  'club',
  'alpha',
  'beta',
  'gamma',
  'ann',
  'thread-1',
  'thread-2',
  'dm-1',
  'dm-2',
  'm1',
  'm2',
  'm3',
  'net-bound:gamma',
  'molt://conformance/agents/alpha',
  'conformance',
  'net-bound',
]

/** An id: mostly one of the known ones. */
export const id: fc.Arbitrary<string> = fc.oneof(
  { weight: 12, arbitrary: fc.constantFrom(...KNOWN) },
  { weight: 2, arbitrary: fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._:-]{0,24}$/) },
  { weight: 1, arbitrary: fc.constantFrom('a'.repeat(128), 'a'.repeat(129), '-', '.', 'evt_00000000.1') },
)

const NASTY = [
  '',
  '\0',
  '\ud800',
  '\udfff\ud800',
  '\u202e',
  '../../etc/passwd',
  '%00',
  '__proto__',
  'constructor',
  'hasOwnProperty',
  "'; DROP TABLE messages; --",
  '${7*7}',
  'a'.repeat(5_000),
  'molt://',
  'javascript:alert(1)',
  'http://[',
  '\u{1F469}\u200d\u{1F680}',
  '\u0001'.repeat(2_000),
]

/** A text of any kind. */
export const text: fc.Arbitrary<string> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.constantFrom('hello', '@alpha hi', '<@molt://conformance/agents/beta>', '@all'),
  },
  { weight: 2, arbitrary: fc.string({ unit: 'grapheme', maxLength: 60 }) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 60 }) },
  { weight: 1, arbitrary: fc.constantFrom(...NASTY) },
)

/** Something where something else was expected. */
const junk: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown>(null, true, false, 0, -1, 1e308, 2 ** 53, [], {}, [[]], ''),
  fc.constantFrom<unknown>(...NASTY),
  fc.jsonValue({ maxDepth: 4 }),
)

/** Values of a schema, with something else in the place of some part now and then. */
export function valuesOf(document: ApiDocument, schema: Schema): fc.Arbitrary<unknown> {
  return fc.oneof({ weight: 60, arbitrary: rightValues(document, schema) }, { weight: 1, arbitrary: junk })
}

function rightValues(document: ApiDocument, schema: Schema): fc.Arbitrary<unknown> {
  if (schema.$ref !== undefined) return valuesOf(document, document.schemas[refName(schema.$ref)] as Schema)
  if (schema.const !== undefined) return fc.constant(schema.const)
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum)
  const branches = schema.oneOf ?? schema.anyOf
  if (branches !== undefined) return fc.oneof(...branches.map((branch) => valuesOf(document, branch)))
  switch (schema.type) {
    case 'object':
      return objects(document, schema)
    case 'array': {
      const items = valuesOf(document, schema.items ?? {})
      return fc.array(items, { minLength: schema.minItems ?? 0, maxLength: 4 })
    }
    case 'string':
      return schema.pattern === undefined ? fc.oneof(id, text) : id
    case 'integer':
      return fc.oneof(fc.nat(10), fc.integer(), fc.constantFrom(2 ** 53, -0))
    case 'number':
      return fc.double()
    case 'boolean':
      return fc.boolean()
    default:
      return fc.jsonValue({ maxDepth: 3 })
  }
}

function objects(document: ApiDocument, schema: Schema): fc.Arbitrary<unknown> {
  const { properties, required = [] } = schema
  if (properties === undefined)
    return fc.dictionary(fc.oneof(id, fc.constantFrom(...NASTY)), fc.jsonValue({ maxDepth: 3 }), {
      maxKeys: 5,
    })
  const fields = Object.fromEntries(
    Object.entries(properties).map(([key, value]) => {
      const values =
        MEANT[key] === undefined ? valuesOf(document, value) : mostly(MEANT[key], value, document)
      return [key, required.includes(key) ? values : optional(key, values)]
    }),
  )
  // Mostly with what is required; sometimes without, or with a key that nobody asked for.
  const whole = fc.record(fields)
  return fc.oneof(
    { weight: 30, arbitrary: whole },
    { weight: 1, arbitrary: fc.record(fields, { requiredKeys: [] }) },
    {
      weight: 1,
      arbitrary: fc
        .tuple(whole, fc.constantFrom(...NASTY, 'extra'), junk)
        .map(([object, key, value]) => ({ ...object, [key]: value })),
    },
  )
}

/** What turns a request into another one: a repetition, or the word of another network. */
const SELDOM: ReadonlySet<string> = new Set(['id', 'origin', 'fqid', 'network_id'])

function optional(key: string, values: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  const nothing = { weight: SELDOM.has(key) ? 8 : 1, arbitrary: fc.constant(undefined) }
  return fc.oneof(nothing, { weight: 2, arbitrary: values })
}

/** What a schema calls a text, and the server takes only when it means something. */
const MEANT: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
  id,
  network_id: fc.constantFrom('conformance', 'conformance', 'conformance', 'net-bound'),
  room_id: fc.constantFrom('general', 'general', 'open', 'club'),
  participant_ids: fc.constantFrom(
    ['alpha', 'beta'],
    ['alpha', 'beta'],
    ['ann', 'beta'],
    ['alpha', 'net-bound:gamma'],
  ),
  from: fc.constantFrom(
    { type: 'agent', id: 'alpha' },
    { type: 'agent', id: 'beta', name: 'Beta' },
    { type: 'human', id: 'ann', name: 'Ann' },
    { type: 'agent', id: 'gamma', network_id: 'net-bound' },
  ),
  members: fc.array(id, { maxLength: 4 }),
  url: fc.constantFrom('https://example.com/a', 'http://[::1]/', 'molt://conformance/artifacts/x'),
  fqid: fc.constantFrom('molt://conformance/agents/alpha', 'molt://net-bound/agents/gamma'),
}

function mostly(meant: fc.Arbitrary<unknown>, schema: Schema, document: ApiDocument): fc.Arbitrary<unknown> {
  return fc.oneof({ weight: 8, arbitrary: meant }, { weight: 1, arbitrary: valuesOf(document, schema) })
}
