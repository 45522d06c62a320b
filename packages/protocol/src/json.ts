import { z } from 'zod'

/**
 * Optional value in a request where v1 programs may send the empty value of its type instead of
 * leaving the key out: `""`, `null` and a missing key mean the same.
 */
export function omittable<T extends z.ZodType>(schema: T) {
  return z.preprocess((value) => (value === '' || value === null ? undefined : value), schema.optional())
}
