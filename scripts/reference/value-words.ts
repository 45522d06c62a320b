import { anchorOf } from '../docs/markdown.ts'
import { alternativesOf, isTagged, type JsonSchema } from './json-schema.ts'
import { code, codes } from './table.ts'

/** The largest whole number that zod writes for "no upper bound". */
const UNBOUNDED = Number.MAX_SAFE_INTEGER

/**
 * What a text with a pattern is. The words are explained at the top of the page; a pattern that is not
 * here stops the generator, so that no key goes without words.
 */
const FORMS: Readonly<Record<string, string>> = {
  '^[A-Za-z0-9][A-Za-z0-9._:-]{0,127}$': 'id',
  '^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$': 'agent id',
  '^[^\\p{Cc}]*\\S[^\\p{Cc}]*$': 'text',
  '^[\\x21-\\x7e]+$': 'token',
  '^[A-Za-z_][A-Za-z0-9_]*$': 'variable name',
  '^[1-9][0-9]{0,8}[smhd]$': 'duration',
  '^G-[A-Z0-9]+$': 'text',
  '^(postgres(ql)?:\\/\\/\\S+|[a-z_]+ *=.+)$': 'connection string',
  '^(http|https)://': 'http or https URL',
  '^(ws|wss)://': 'ws or wss URL',
}

/** What kind of value a schema takes, in words. Throws for a pattern or a type without words. */
export function typeWords(schema: JsonSchema): string {
  if (schema.$ref !== undefined) return linkTo(schema.$ref)
  if (schema.const !== undefined) return typeof schema.const === 'string' ? 'text' : typeof schema.const
  if (isTagged(schema)) return 'object'
  const alternatives = alternativesOf(schema)
  if (alternatives !== undefined) return [...new Set(alternatives.map(alternativeWords))].join(' or ')
  switch (schema.type) {
    case 'array':
      return `list of ${plural(typeWords(schema.items ?? {}))}`
    case 'object':
      return isMap(schema) ? 'map of texts' : 'object'
    case 'boolean':
      return 'boolean'
    case 'integer':
    case 'number':
      return 'number'
    case 'string':
      return textWords(schema)
    default:
      return 'any'
  }
}

function alternativeWords(schema: JsonSchema): string {
  return schema.const === undefined ? typeWords(schema) : code(schema.const)
}

function textWords({ pattern, format }: JsonSchema): string {
  if (format === 'date-time') return 'time'
  if (pattern === undefined) return 'text'
  const words = FORMS[pattern]
  if (words === undefined) throw new Error(`no words for the pattern ${pattern}: add them to FORMS`)
  return words
}

/** A schema that has a section of its own on the page. */
function linkTo(ref: string): string {
  const name = ref.split('/').at(-1) ?? ''
  return `[${name}](#${anchorOf(name)})`
}

function plural(words: string): string {
  if (words.startsWith('[')) return words
  return words.includes(' or ') ? `(${words})` : `${words}s`
}

function isMap({ properties, additionalProperties }: JsonSchema): boolean {
  if (properties !== undefined || typeof additionalProperties !== 'object') return false
  return additionalProperties.type === 'string'
}

/** Which values a schema takes, or an example of one; empty when the type says all. */
export function allowedWords(schema: JsonSchema): string {
  const values = valuesOf(schema)
  if (values.length > 0) return codes(values)
  const range = rangeWords(schema)
  if (range !== '') return range
  if (schema.items !== undefined) return allowedWords(schema.items)
  const alternatives = alternativesOf(schema)
  if (alternatives !== undefined && !isTagged(schema)) {
    return alternatives.map(rangeWords).filter(Boolean).join(', ')
  }
  return schema.examples === undefined ? '' : `such as ${codes(schema.examples)}`
}

function valuesOf(schema: JsonSchema): readonly unknown[] {
  if (schema.const !== undefined) return [schema.const]
  if (schema.enum !== undefined) return schema.enum
  return isTagged(schema) ? (alternativesOf(schema) ?? []).map(tagOf) : []
}

/** The `kind` of one alternative of a tagged union. */
export function tagOf(schema: JsonSchema): string {
  return String(schema.properties?.['kind']?.const)
}

function rangeWords({ minimum, maximum }: JsonSchema): string {
  const top = maximum === undefined || maximum >= UNBOUNDED ? undefined : maximum
  if (minimum === undefined) return top === undefined ? '' : `at most ${top}`
  return top === undefined ? `from ${minimum}` : `${minimum} to ${top}`
}
