import type { z } from 'zod'
import { nearest } from './nearest.ts'
import type { Path } from './path.ts'
import { quote, valueAt } from './path.ts'
import { keyScope } from './schema-keys.ts'

/** What a schema found, in the words of a user's file. */
export interface Problem {
  path: Path
  at: 'key' | 'value'
  message: string
}

type Issue = z.core.$ZodIssue

/** A document and the schema that it was checked with. */
export interface Checked {
  schema: z.ZodType
  document: unknown
}

/** Turns what a schema found in a document into problems. Values of secrets never stand in a message. */
export function problemsOf(issues: readonly Issue[], checked: Checked, above: Path = []): Problem[] {
  return issues.flatMap((issue) => problemsOfIssue(issue, [...above, ...pathOf(issue)], checked))
}

/** The path of an issue; a document has no symbols as keys. */
export function pathOf(issue: { path: readonly PropertyKey[] }): Path {
  return issue.path.map((step) => (typeof step === 'symbol' ? step.toString() : step))
}

function problemsOfIssue(issue: Issue, path: Path, checked: Checked): Problem[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      path: [...path, key],
      at: 'key',
      message: unknownKey(key, path, checked),
    }))
  }
  if (issue.code === 'invalid_key') {
    return [{ path, at: 'key', message: issue.issues[0]?.message ?? 'is not allowed as a key' }]
  }
  const branch = issue.code === 'invalid_union' ? branchThatFits(issue) : undefined
  if (branch) return problemsOf(branch, checked, path)
  return [{ path, at: 'value', message: messageOf(issue, valueAt(checked.document, path)) }]
}

/** The option of a union whose own type fits, so that only something inside it is wrong. */
function branchThatFits(issue: z.core.$ZodIssueInvalidUnion): Issue[] | undefined {
  return issue.errors.find((errors) => errors.length > 0 && errors.every(isInside))
}

function isInside(issue: Issue): boolean {
  return issue.path.length > 0 || issue.code === 'unrecognized_keys'
}

function unknownKey(key: string, parent: Path, { schema, document }: Checked): string {
  const scope = keyScope(schema, document, parent)
  if (scope === undefined) return 'unknown key'
  const { union } = scope
  const users = union?.tagsWith(key) ?? []
  if (union && users.length > 0) {
    return `is not used by ${union.tag} ${union.value} (used by ${users.join(', ')})`
  }
  const guess = nearest(key, scope.keys)
  return `unknown key (${guess === undefined ? `allowed: ${scope.keys.join(', ')}` : `did you mean ${guess}?`})`
}

function messageOf(issue: Issue, value: unknown): string {
  switch (issue.code) {
    case 'invalid_type':
      return issue.message.startsWith('Invalid input') ? typeMessage(issue.expected, value) : issue.message
    case 'invalid_value':
      return valueMessage(issue.values.map(String), value)
    case 'invalid_union':
      return 'discriminator' in issue ? valueMessage(tagsOf(issue), value) : unionMessage(issue, value)
    case 'too_small':
      return tooSmallMessage(issue)
    case 'too_big':
      return `must be at most ${issue.maximum}${UNITS[issue.origin] ?? ''}`
    default:
      return issue.message
  }
}

const UNITS: Record<string, string> = { string: ' characters', array: ' entries' }

function tooSmallMessage(issue: z.core.$ZodIssueTooSmall): string {
  const empty = issue.minimum === 1 && UNITS[issue.origin] !== undefined
  return empty ? 'must not be empty' : `must be at least ${issue.minimum}${UNITS[issue.origin] ?? ''}`
}

function tagsOf(issue: z.core.$ZodIssueInvalidUnion): string[] {
  return 'options' in issue && Array.isArray(issue.options) ? issue.options.map(String) : []
}

function unionMessage(issue: z.core.$ZodIssueInvalidUnion, value: unknown): string {
  if (value === undefined) return 'is required'
  return issue.message === 'Invalid input' ? `must not be ${typeName(value)}` : issue.message
}

function valueMessage(allowed: readonly string[], value: unknown): string {
  const list = allowed.length === 1 ? `must be ${allowed[0]}` : `must be one of ${allowed.join(', ')}`
  if (value === undefined) return `is required: it ${list}`
  if (typeof value !== 'string') return `${list}, not ${typeName(value)}`
  const guess = allowed.length > 1 ? nearest(value, allowed) : undefined
  return `${list}, not ${quote(value)}${guess === undefined ? '' : ` (did you mean ${guess}?)`}`
}

const TYPES: Record<string, string> = {
  string: 'text',
  boolean: 'true or false',
  number: 'a number',
  int: 'a whole number',
  array: 'a list',
  object: 'a mapping of keys',
  record: 'a mapping of names to text',
}

function typeMessage(expected: string, value: unknown): string {
  const wanted = TYPES[expected] ?? expected
  if (value === undefined) return 'is required'
  if (value === null) return `has no value; it must be ${wanted}`
  return `must be ${wanted}, not ${typeName(value)}${typeAdvice(expected, value)}`
}

function typeAdvice(expected: string, value: unknown): string {
  if (expected === 'string' && (typeof value === 'number' || typeof value === 'boolean'))
    return ' (put it in quotes)'
  if (expected === 'boolean' && typeof value === 'string' && /^(yes|on|no|off|true|false)$/i.test(value)) {
    return ` (write ${/^(yes|on|true)$/i.test(value) ? 'true' : 'false'} without quotes)`
  }
  if (expected === 'array' && typeof value === 'string') return ' (write [a, b])'
  return ''
}

/** What a value is, in words. */
export function typeName(value: unknown): string {
  if (value === null) return 'nothing'
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'string') return 'text'
  if (typeof value === 'boolean') return `${value}`
  if (typeof value === 'number') return Number.isInteger(value) ? 'a number' : 'this number'
  return Object.getPrototypeOf(value) === Object.prototype ? 'a mapping' : 'this kind of value'
}
