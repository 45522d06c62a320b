import { z } from 'zod'
import type { Path } from './path.ts'
import { valueAt } from './path.ts'

/** The object schema at a place of a document, and where else its key could have stood. */
export interface KeyScope {
  keys: string[]
  /** Set below a union: the tag's key, this document's tag, and the tags of the options that know a key. */
  union?: { tag: string; value: string; tagsWith: (key: string) => string[] }
}

/** The keys that a schema knows at a path of a document, or undefined when there is no object schema. */
export function keyScope(schema: z.ZodType, document: unknown, path: Path): KeyScope | undefined {
  let current = unwrap(schema)
  for (let depth = 0; depth <= path.length; depth++) {
    const here = path.slice(0, depth)
    const union = current instanceof z.ZodDiscriminatedUnion ? current : undefined
    const option = union ? optionOf(union, valueAt(document, here)) : current
    if (option === undefined) return undefined
    if (depth === path.length) return scopeOf(option, union, valueAt(document, here))
    const next = step(option, path[depth] as string | number)
    if (next === undefined) return undefined
    current = unwrap(next)
  }
  return undefined
}

function scopeOf(
  option: z.ZodType,
  union: z.ZodDiscriminatedUnion | undefined,
  value: unknown,
): KeyScope | undefined {
  if (!(option instanceof z.ZodObject)) return undefined
  const keys = Object.keys(option.shape)
  if (union === undefined) return { keys }
  const tag = union.def.discriminator
  const tagsWith = (key: string): string[] =>
    objectOptions(union)
      .filter((other) => key in other.shape)
      .flatMap((other) => tagsOf(other, tag))
  return { keys, union: { tag, value: String(valueAt(value, [tag])), tagsWith } }
}

function optionOf(union: z.ZodDiscriminatedUnion, value: unknown): z.ZodObject | undefined {
  const tag = union.def.discriminator
  const found = valueAt(value, [tag])
  return objectOptions(union).find((option) => tagsOf(option, tag).some((one) => one === found))
}

function objectOptions(union: z.ZodDiscriminatedUnion): z.ZodObject[] {
  return union.options.filter((option) => option instanceof z.ZodObject)
}

function tagsOf(option: z.ZodObject, tag: string): string[] {
  const schema: unknown = option.shape[tag]
  if (schema instanceof z.ZodLiteral) return [...schema.values].map(String)
  return schema instanceof z.ZodEnum ? schema.options.map(String) : []
}

function step(schema: z.ZodType, key: string | number): z.ZodType | undefined {
  if (schema instanceof z.ZodObject) return schema.shape[key] as z.ZodType | undefined
  if (schema instanceof z.ZodArray) return schema.element as z.ZodType
  if (schema instanceof z.ZodUnion) {
    const objects = schema.options.map((option) => unwrap(option as z.ZodType))
    const object = objects.find((option) => option instanceof z.ZodObject)
    return object && step(object, key)
  }
  return undefined
}

function unwrap(schema: z.ZodType): z.ZodType {
  let current = schema
  while (
    current instanceof z.ZodOptional ||
    current instanceof z.ZodDefault ||
    current instanceof z.ZodPrefault
  ) {
    current = current.unwrap() as z.ZodType
  }
  return current
}
