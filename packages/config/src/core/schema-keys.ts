import { z } from 'zod'
import type { Path } from './path.ts'
import { valueAt } from './path.ts'

/** The keys of an object schema at a place of a document, and where else a key could have stood. */
export interface KeyScope {
  keys: string[]
  /** Set for an option of a tagged union: the tag's key, this document's tag, and the tags that know a key. */
  union?: { tag: string; value: string; tagsWith: (key: string) => string[] }
}

/** The keys that a schema knows at a path of a document, or undefined when there is no object schema. */
export function keyScope(schema: z.ZodType, document: unknown, path: Path): KeyScope | undefined {
  const [step, ...rest] = path
  const object = objectOf(unwrap(schema), document)
  if (step === undefined) return object && scopeOf(object, unwrap(schema), document)
  const next = object ? valueAt(object.shape, [step]) : elementOf(unwrap(schema))
  return next instanceof z.ZodType ? keyScope(next, valueAt(document, [step]), rest) : undefined
}

function scopeOf(object: z.ZodObject, schema: z.ZodType, value: unknown): KeyScope {
  const keys = Object.keys(object.shape)
  if (!(schema instanceof z.ZodDiscriminatedUnion)) return { keys }
  const tag = schema.def.discriminator
  const tagsWith = (key: string): string[] =>
    objectOptions(schema)
      .filter((option) => Object.hasOwn(option.shape, key))
      .flatMap((option) => tagsOf(option, tag))
  return { keys, union: { tag, value: String(valueAt(value, [tag])), tagsWith } }
}

/** The object schema that a value is checked with: of a tagged union the option with the value's tag. */
function objectOf(schema: z.ZodType, value: unknown): z.ZodObject | undefined {
  if (schema instanceof z.ZodObject) return schema
  if (!(schema instanceof z.ZodUnion)) return undefined
  if (!(schema instanceof z.ZodDiscriminatedUnion)) return objectOptions(schema)[0]
  const tag = schema.def.discriminator
  const found = valueAt(value, [tag])
  return objectOptions(schema).find((option) => tagsOf(option, tag).some((one) => one === found))
}

function objectOptions(union: z.ZodUnion): z.ZodObject[] {
  return union.options.filter((option) => option instanceof z.ZodObject)
}

function tagsOf(option: z.ZodObject, tag: string): string[] {
  const schema: unknown = option.shape[tag]
  if (schema instanceof z.ZodLiteral) return [...schema.values].map(String)
  return schema instanceof z.ZodEnum ? schema.options.map(String) : []
}

function elementOf(schema: z.ZodType): unknown {
  return schema instanceof z.ZodArray ? schema.element : undefined
}

function unwrap(schema: z.ZodType): z.ZodType {
  const wrapped =
    schema instanceof z.ZodOptional || schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault
  return wrapped ? unwrap(schema.unwrap() as z.ZodType) : schema
}
