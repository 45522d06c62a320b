import type { SchemaName } from './schemas.ts'

/** What the document says about one route. */
export interface Operation {
  readonly tag:
    | 'messages'
    | 'rooms'
    | 'agents'
    | 'wakes'
    | 'network'
    | 'live'
    | 'operations'
    | 'documents'
    | 'console'
  readonly summary: string
  /** Scopes that may, or who else, in words. */
  readonly access: string
  readonly body?: SchemaName
  readonly paged?: true
  /** Query parameters besides those of paging, with what they are. */
  readonly query?: Readonly<Record<string, string>>
  /** Status of success, and the schema or the media type of its answer. */
  readonly answers: Readonly<Record<number, { schema: SchemaName } | { media: string }>>
  /** Statuses of refusals, besides 403 of the gate and 429. */
  readonly errors: readonly number[]
}

/** An answer 200 of one schema. */
export const ok = (schema: SchemaName) => ({ 200: { schema } }) as const
/** An answer of another kind than JSON. */
export const media = (type: string, status = 200) => ({ [status]: { media: type } })

/** Who sees everything. */
export const OBSERVERS = 'observe, admin'
