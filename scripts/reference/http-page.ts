import type { Scope as ScopeName } from '@moltnet/protocol'
import { readText, REPOSITORY } from '../lib/files.ts'
import { FIELD_HEAD, fieldsOf } from './fields.ts'
import { alternativesOf, type JsonSchema, objectsOf } from './json-schema.ts'
import type { Output } from './output.ts'
import { code, codes, NOTHING, table } from './table.ts'
import { typeWords } from './value-words.ts'

/** The part of an OpenAPI 3.1 document that the page shows. */
interface OpenApi {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  readonly components: { readonly schemas: Readonly<Record<string, JsonSchema>> }
}

interface Operation {
  readonly tags: readonly string[]
  readonly summary: string
  readonly description: string
  readonly parameters?: readonly { $ref?: string; in?: string; name?: string; description?: string }[]
  readonly requestBody?: { readonly content: Content }
  readonly responses: Readonly<Record<string, { readonly content?: Content }>>
}

type Content = Readonly<Record<string, { readonly schema: JsonSchema }>>

interface Route {
  readonly method: string
  readonly path: string
  readonly operation: Operation
}

const SCOPE_WORDS: Readonly<Record<ScopeName, string>> = {
  observe: 'read everything',
  write: 'send messages as a human or as an agent',
  admin: 'read everything; make and remove rooms, change members, remove agents, apply',
  attach: 'attach agents and register them; with an `agents` list also send messages as those agents',
  pair: 'speak for another network; see which rooms and agents there are',
}

/** `docs/reference/http.md` and the OpenAPI document itself. */
export async function httpOutputs(): Promise<Output[]> {
  const [{ openApiDocument }, { Scope }, manifest] = await Promise.all([
    import('../../packages/server/src/http/openapi/document.ts'),
    import('@moltnet/protocol'),
    readText(REPOSITORY, 'package.json'),
  ])
  const { version } = JSON.parse(manifest ?? '{}') as { version: string }
  const document = openApiDocument(version)
  const api = document as unknown as OpenApi
  const parts = {
    scopes: table(
      ['scope', 'may'],
      Scope.options.map((scope) => [code(scope), SCOPE_WORDS[scope]]),
    ),
    routes: routeSections(routesOf(api)),
    objects: objectSections(api.components.schemas),
  }
  return [
    { path: 'docs/reference/http.md', parts },
    { path: 'docs/reference/openapi.json', text: `${JSON.stringify(document, null, 2)}\n` },
  ]
}

function routesOf({ paths }: OpenApi): Route[] {
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ method: method.toUpperCase(), path, operation })),
  )
}

/** One table for each group of routes. What every route may answer is said once, before them. */
function routeSections(routes: readonly Route[]): string {
  const everywhere = sharedStatuses(routes)
  const groups = Map.groupBy(routes, ({ operation }) => operation.tags[0] ?? '')
  const sections = [...groups].map(([tag, group]) => {
    const rows = group.map((route) => routeRow(route, everywhere))
    const head = ['route', 'does', 'who may', 'takes', 'answers', 'refuses with']
    return `### Routes: ${tag}\n\n${table(head, rows)}`
  })
  return [`Every route may also refuse with ${[...everywhere].join(', ')}.`, ...sections].join('\n\n')
}

function sharedStatuses(routes: readonly Route[]): ReadonlySet<string> {
  const [first, ...others] = routes.map(({ operation }) => refusals(operation))
  return new Set(first?.filter((status) => others.every((statuses) => statuses.includes(status))))
}

function refusals({ responses }: Operation): string[] {
  return Object.keys(responses).filter((status) => Number(status) >= 400)
}

function routeRow({ method, path, operation }: Route, everywhere: ReadonlySet<string>): string[] {
  const refuses = refusals(operation).filter((status) => !everywhere.has(status))
  const answers = Object.entries(operation.responses)
    .filter(([status]) => Number(status) < 400)
    .map(([status, { content }]) => [status, contentWords(content)].filter(Boolean).join(' '))
  return [
    code(`${method} ${path}`),
    `${operation.summary}.`,
    operation.description.replace(/^Access: (.*)\.$/, '$1'),
    takesWords(operation),
    answers.join(', '),
    refuses.join(', ') || NOTHING,
  ]
}

function takesWords({ parameters = [], requestBody }: Operation): string {
  const query = parameters.flatMap(({ in: place, name, $ref }) => {
    if ($ref !== undefined) return [$ref.split('/').at(-1) ?? '']
    return place === 'query' && name !== undefined ? [name] : []
  })
  const words = [contentWords(requestBody?.content), codes(query)].filter(Boolean)
  return words.join(', ') || NOTHING
}

function contentWords(content: Content | undefined): string {
  return Object.entries(content ?? {})
    .map(([media, { schema }]) => (schema.$ref === undefined ? code(media) : typeWords(schema)))
    .join(' or ')
}

function objectSections(schemas: Readonly<Record<string, JsonSchema>>): string {
  const sections = Object.entries(schemas).map(([name, schema]) => `### ${name}\n\n${objectTable(schema)}`)
  return sections.join('\n\n')
}

function objectTable(schema: JsonSchema): string {
  const alternatives = alternativesOf(schema)
  if (alternatives !== undefined) return unionTable(alternatives)
  return table(
    FIELD_HEAD,
    fieldsOf(schema).map(({ cells }) => cells),
  )
}

/** A union of objects: what all of them have, then one row for each by the key that tells them apart. */
function unionTable(alternatives: readonly JsonSchema[]): string {
  const keysOfAll = Object.keys(alternatives[0]?.properties ?? {}).filter((key) =>
    alternatives.every(({ properties }) => properties?.[key] !== undefined),
  )
  const tag = keysOfAll.find((key) => alternatives.every(({ properties }) => isConstant(properties?.[key])))
  if (tag === undefined) throw new Error('a union of the OpenAPI document has no key that tells it apart')
  const shared = keysOfAll.filter((key) => key !== tag)
  const rows = alternatives.map(({ properties = {}, required = [] }) => {
    const others = Object.keys(properties).filter((key) => !keysOfAll.includes(key))
    const words = (keys: readonly string[]) => keyWords(properties, keys) || NOTHING
    return [
      code(properties[tag]?.const),
      words(others.filter((key) => required.includes(key))),
      words(others.filter((key) => !required.includes(key))),
    ]
  })
  const rest = table([code(tag), 'required', 'optional'], rows)
  if (shared.length === 0) return rest
  return `All of them have ${keyWords(alternatives[0]?.properties ?? {}, shared)}.\n\n${rest}`
}

function isConstant(schema: JsonSchema | undefined): boolean {
  return schema?.const !== undefined
}

/** Keys with their types; of an object that has no section of its own with its keys. */
function keyWords(properties: Readonly<Record<string, JsonSchema>>, keys: readonly string[]): string {
  const words = keys.map((key) => {
    const schema = properties[key] ?? {}
    const inner = objectsOf(schema).flatMap((object) => Object.keys(object.properties ?? {}))
    return `${code(key)} (${typeWords(schema)}${inner.length === 0 ? '' : ` with ${codes(inner)}`})`
  })
  return words.join(', ')
}
