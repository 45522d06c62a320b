/** The part of JSON Schema that zod writes and the reference reads. */
export interface JsonSchema {
  readonly $ref?: string
  readonly title?: string
  readonly description?: string
  readonly type?: string
  readonly const?: unknown
  readonly enum?: readonly unknown[]
  readonly default?: unknown
  readonly examples?: readonly unknown[]
  readonly format?: string
  readonly pattern?: string
  readonly minimum?: number
  readonly maximum?: number
  readonly minItems?: number
  readonly maxItems?: number
  readonly properties?: Readonly<Record<string, JsonSchema>>
  readonly required?: readonly string[]
  readonly items?: JsonSchema
  readonly additionalProperties?: boolean | JsonSchema
  readonly propertyNames?: JsonSchema
  readonly anyOf?: readonly JsonSchema[]
  readonly oneOf?: readonly JsonSchema[]
}

/** The alternatives of a union, or undefined when the schema is none. */
export function alternativesOf(schema: JsonSchema): readonly JsonSchema[] | undefined {
  return schema.anyOf ?? schema.oneOf
}

/** The objects among a schema's alternatives: itself, the items of a list, the members of a union. */
export function objectsOf(schema: JsonSchema): readonly JsonSchema[] {
  if (schema.properties !== undefined) return [schema]
  if (schema.items !== undefined) return objectsOf(schema.items)
  return (alternativesOf(schema) ?? []).flatMap(objectsOf)
}

/** Whether every alternative is an object with a `kind` of its own. */
export function isTagged(schema: JsonSchema): boolean {
  const alternatives = alternativesOf(schema)
  return alternatives !== undefined && alternatives.every((one) => one.properties?.['kind'] !== undefined)
}
