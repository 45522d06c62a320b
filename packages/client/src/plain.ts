import type { z } from 'zod'

/** A wire type with plain strings where it has branded ids: what a caller of the client may hand in. */
export type Plain<T> = T extends string & { [z.$brand]: unknown }
  ? string
  : T extends readonly (infer Item)[]
    ? Plain<Item>[]
    : T extends object
      ? { [Key in keyof T]: Plain<T[Key]> }
      : T
