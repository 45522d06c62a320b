import { z } from 'zod'

/**
 * Optional value where v1 programs may send the empty value of its type instead of leaving the key out:
 * a missing key, `null` and `""`, `[]` or `{}` (whichever belongs to the type) mean the same.
 */
export function omittable<T extends z.ZodType>(schema: T) {
  return z.preprocess(emptyTest(schema), schema.optional())
}

/** A list that v1 programs may send as `null` when it is empty. */
export function listOf<T extends z.ZodType>(item: T) {
  return z.preprocess((value) => value ?? [], z.array(item))
}

type Reader = (value: unknown) => unknown

/** What turns the empty value of a schema's JSON type into undefined and leaves all else as it is. */
function emptyTest(schema: z.ZodType): Reader {
  switch (schema.def.type) {
    case 'array':
      return (value) => (value === null || (Array.isArray(value) && value.length === 0) ? undefined : value)
    case 'object':
    case 'record':
      return (value) => (value === null || isEmptyObject(value) ? undefined : value)
    default:
      return (value) => (value === null || value === '' ? undefined : value)
  }
}

function isEmptyObject(value: unknown): boolean {
  return typeof value === 'object' && !Array.isArray(value) && Object.keys(value ?? {}).length === 0
}
