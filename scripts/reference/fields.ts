import { type JsonSchema, objectsOf } from './json-schema.ts'
import { code, NOTHING } from './table.ts'
import { allowedWords, typeWords } from './value-words.ts'

/** A field of an object, also of one inside it. */
export interface Field {
  /** `consumer.rooms[].id` */
  readonly path: string
  /** Cells: path, type, whether it is required, what is allowed. */
  readonly cells: readonly string[]
}

/** What {@link fieldsOf} leaves out or describes in another way. */
export interface FieldOptions {
  readonly skip?: ReadonlySet<string>
  /** Words for the type of a field whose own fields stand elsewhere. */
  readonly elsewhere?: Readonly<Record<string, string>>
}

export const FIELD_HEAD = ['field', 'type', 'required', 'allowed']

/** The fields of an object schema in their order, each followed by the fields inside it. */
export function fieldsOf(schema: JsonSchema, options: FieldOptions = {}, prefix = ''): Field[] {
  return Object.entries(schema.properties ?? {}).flatMap(([key, value]) => {
    const path = `${prefix}${key}`
    if (options.skip?.has(path)) return []
    const elsewhere = options.elsewhere?.[path]
    const isRequired = schema.required?.includes(key) === true
    const allowed = [allowedWords(value), defaultWords(value)].filter(Boolean).join('; ')
    const cells = [
      code(path),
      elsewhere ?? typeWords(value),
      isRequired ? 'yes' : NOTHING,
      allowed || NOTHING,
    ]
    const inner = elsewhere === undefined ? objectsOf(value) : []
    const below = value.items === undefined ? `${path}.` : `${path}[].`
    return [{ path, cells }, ...inner.flatMap((object) => fieldsOf(object, options, below))]
  })
}

function defaultWords(schema: JsonSchema): string {
  return schema.default === undefined ? '' : `${code(schema.default)} when left out`
}
