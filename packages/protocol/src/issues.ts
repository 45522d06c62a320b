import type { z } from 'zod'
import { oneLine } from './text.ts'

/** Most faults that one answer names. */
const MAX_FAULTS = 8

/** What a body that a schema refused is answered with. */
export interface DescribedIssues {
  /** `bad_request` when a present value has the wrong JSON type, `unprocessable_entity` for all else. */
  status: 'bad_request' | 'unprocessable_entity'
  /** Each fault as `target.room_id: what is wrong`, joined with `; `. */
  message: string
}

type Issue = z.core.$ZodIssue
type Path = readonly PropertyKey[]

interface Fault {
  wrongType: boolean
  text: string
}

/**
 * Tells what is wrong with `input`, the value that a schema refused. A missing key or a `null` counts as
 * absent, which breaks a rule but is no wrong type. Values of the input are never repeated in the message.
 */
export function describeIssues(error: z.ZodError, input: unknown): DescribedIssues {
  const faults = error.issues.flatMap((issue) => describe(issue, [], input))
  const texts = [...new Set(faults.map((fault) => fault.text))]
  const more = texts.length > MAX_FAULTS ? [`and ${texts.length - MAX_FAULTS} more`] : []
  return {
    status: faults.some((fault) => fault.wrongType) ? 'bad_request' : 'unprocessable_entity',
    message: [...texts.slice(0, MAX_FAULTS), ...more].join('; '),
  }
}

function describe(issue: Issue, base: Path, input: unknown): Fault[] {
  const path = [...base, ...issue.path]
  if (issue.code === 'invalid_union' && issue.errors.length > 0) {
    return closestBranch(issue.errors, path, input)
  }
  const { wrongType, text } = explain(issue, valueAt(input, path), path.length === 0)
  return [{ wrongType, text: path.length === 0 ? text : `${pathText(path)}: ${text}` }]
}

/** Of the branches of a plain union, the one that the value misses least. */
function closestBranch(branches: readonly Issue[][], path: Path, input: unknown): Fault[] {
  const described = branches.map((issues) => issues.flatMap((issue) => describe(issue, path, input)))
  const misses = (faults: Fault[]) => faults.length + (faults.some((fault) => fault.wrongType) ? 1_000 : 0)
  return described.reduce((best, next) => (misses(next) < misses(best) ? next : best))
}

function explain(issue: Issue, value: unknown, isRoot: boolean): Fault {
  const absent = value === undefined || (value === null && !isRoot)
  if (issue.code === 'invalid_type') {
    const expected = JSON_TYPES[issue.expected] ?? 'value'
    if (absent) return { wrongType: false, text: `is required and must be ${expected}` }
    const actual = jsonTypeOf(value)
    return actual === expected
      ? { wrongType: false, text: issue.expected === 'int' ? 'must be an integer' : issue.message }
      : { wrongType: true, text: `must be ${expected}, not ${actual}` }
  }
  const choices = allowedValues(issue)
  if (choices !== undefined) {
    const allowed = `(allowed: ${choices.map(String).join(', ')})`
    if (absent) return { wrongType: false, text: `is required ${allowed}` }
    const types = [...new Set(choices.map(jsonTypeOf))]
    const actual = jsonTypeOf(value)
    if (types.includes(actual)) return { wrongType: false, text: `is none of the known values ${allowed}` }
    return { wrongType: true, text: `must be ${types.join(' or ')}, not ${actual} ${allowed}` }
  }
  if (issue.code === 'too_big' && issue.origin === 'array') {
    return { wrongType: false, text: `must have at most ${issue.maximum} entries` }
  }
  return { wrongType: false, text: issue.message }
}

/** The values that an enum, a literal or a discriminator takes. */
function allowedValues(issue: Issue): readonly unknown[] | undefined {
  if (issue.code === 'invalid_value') return issue.values
  return issue.code === 'invalid_union' && 'options' in issue ? issue.options : undefined
}

/** Zod's names of types as JSON types, with their article. */
const JSON_TYPES: Readonly<Record<string, string>> = {
  string: 'a string',
  number: 'a number',
  int: 'a number',
  boolean: 'a boolean',
  array: 'an array',
  tuple: 'an array',
  object: 'an object',
  record: 'an object',
  null: 'null',
}

function jsonTypeOf(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'an array'
  return JSON_TYPES[typeof value] ?? 'undefined'
}

/** The value at a path; only own properties count. */
function valueAt(input: unknown, path: Path): unknown {
  let value: unknown = input
  for (const key of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined
    value = (value as Record<PropertyKey, unknown>)[key]
  }
  return value
}

/** `parts[0].kind`; keys that a stranger chose are reduced to one short line. */
function pathText(path: Path): string {
  return path
    .map((key, index) => {
      if (typeof key === 'number') return `[${key}]`
      return `${index === 0 ? '' : '.'}${oneLine(String(key))}`
    })
    .join('')
}
